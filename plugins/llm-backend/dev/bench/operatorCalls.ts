import { sleep } from './progress';

/** Calls of the operator to the API server since it started, as its metrics tell. */
export interface OperatorCalls {
  reads: number;
  writes: number;
  leaseWrites: number;
  /** Passes over models. */
  passes: number;
  /** Each kind of call, as `apply deployments`. */
  byCall: Map<string, number>;
}

const SAMPLE =
  /^slipway_api_calls_total\{verb="(\w+)",resource="([\w/]+)",code="\d+"\} (\d+)$/gm;
const PASSES =
  /^slipway_reconciles_total\{controller="models",result="\w+"\} (\d+)$/gm;
const READS = new Set(['get', 'list', 'discover']);

/** Reads them from the operator's `/metrics`. Watches count as neither read nor write. */
export async function operatorCalls(statusUrl: string): Promise<OperatorCalls> {
  const answer = await fetch(`${statusUrl}/metrics`);
  return countCalls(await answer.text());
}

/** Sums up the text of `/metrics`. */
export function countCalls(metrics: string): OperatorCalls {
  const byCall = new Map<string, number>();
  const passes = [...metrics.matchAll(PASSES)].map(([, count]) =>
    Number(count),
  );
  const calls = {
    reads: 0,
    writes: 0,
    leaseWrites: 0,
    passes: passes.reduce((sum, count) => sum + count, 0),
    byCall,
  };
  for (const [, verb, resource, count] of metrics.matchAll(SAMPLE)) {
    const name = `${verb} ${resource}`;
    byCall.set(name, (byCall.get(name) ?? 0) + Number(count));
    if (resource === 'leases') {
      calls.leaseWrites += Number(count);
    } else if (READS.has(verb)) {
      calls.reads += Number(count);
    } else if (verb !== 'watch') {
      calls.writes += Number(count);
    }
  }
  return calls;
}

/** Waits until the operator has done what there was to do: no call for two seconds. Returns its calls up to then. */
export async function untilSettled(statusUrl: string): Promise<OperatorCalls> {
  let last = await operatorCalls(statusUrl);
  for (let unchanged = 0; unchanged < 4; ) {
    await sleep(500);
    const now = await operatorCalls(statusUrl);
    const same = now.reads === last.reads && now.writes === last.writes;
    unchanged = same ? unchanged + 1 : 0;
    last = now;
  }
  return last;
}

/** How often each kind of call was made per model, the most frequent first. */
export function callsPerModel(
  before: OperatorCalls,
  after: OperatorCalls,
  models: number,
): string {
  return [...after.byCall]
    .map(([name, count]): [string, number] => [
      name,
      (count - (before.byCall.get(name) ?? 0)) / models,
    ])
    .filter(([, count]) => count >= 0.01)
    .sort(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} ${count.toFixed(2)}`)
    .join(', ');
}
