/** Calls of the operator to the API server since it started, as its metrics tell. */
export interface OperatorCalls {
  reads: number;
  writes: number;
  leaseWrites: number;
}

const SAMPLE =
  /^slipway_api_calls_total\{verb="(\w+)",resource="([\w/]+)",code="\d+"\} (\d+)$/gm;
const READS = new Set(['get', 'list', 'discover']);

/** Reads them from the operator's `/metrics`. Watches count as neither read nor write. */
export async function operatorCalls(statusUrl: string): Promise<OperatorCalls> {
  const answer = await fetch(`${statusUrl}/metrics`);
  return countCalls(await answer.text());
}

/** Sums up the text of `/metrics`. */
export function countCalls(metrics: string): OperatorCalls {
  const calls: OperatorCalls = { reads: 0, writes: 0, leaseWrites: 0 };
  for (const [, verb, resource, count] of metrics.matchAll(SAMPLE)) {
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
