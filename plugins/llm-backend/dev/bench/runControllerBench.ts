import os from 'node:os';
import { KubeObject } from '@slipway/controller';
import { FIELD_MANAGER } from '../../src/models/names';
import { timeChanges } from './changes';
import { countKinds, untilCounted } from './countObjects';
import { BenchFlags, readFlags } from './flags';
import {
  createModels,
  PATIENCE_MS,
  prepareRun,
  removeModels,
  untilReady,
  WRITTEN_KINDS,
} from './models';
import { callsPerModel, operatorCalls, untilSettled } from './operatorCalls';
import { BenchProcess } from './processes';
import { round, say, secondsSince, sleep } from './progress';
import { record, Recorded, replay } from './replay';
import { openStage, Operator, Stage, WARM_UP_MODELS } from './stage';

/** What the benchmark measured. Times in seconds unless their name says otherwise. */
export interface ControllerBenchResult {
  bench: 'controller';
  machine: string;
  models: number;
  objectsPerModel: number;
  quietSeconds: number;
  changes: number;
  server: 'sandbox' | 'given';
  /** How much slower than just writing the same objects: the middle one of `ratios`. What follows is of its turn. */
  ratio: number;
  /** `objectsS / baselineS` of each turn of operator and baseline, in the order in which they were made. */
  ratios: number[];
  /** Writing the recorded objects again as fast as one process can. */
  baselineS: number;
  /** From the first model until all objects exist. */
  objectsS: number;
  /** Until all models are Ready; absent if they did not get there. */
  readyS?: number;
  callsPerModel: number;
  /** CPU time in ms per model, by process, until all objects existed; `bench` is the measuring process. */
  cpuMs: Record<string, number>;
  /** CPU time in ms per model, by process, during the baseline, in which `bench` writes. */
  baselineCpuMs: Record<string, number>;
  quietReads: number;
  quietWrites: number;
  leaseWrites: number;
  /** Share of a core; absent where there is no /proc, as are `rssMb` and `peakRssMb`. */
  quietCpu?: number;
  rssMb?: number;
  /** The most that it was since its start: what the limit of its container has to allow. */
  peakRssMb?: number;
  changeP50Ms: number;
  changeP99Ms: number;
}

const COUNT_INTERVAL_MS = 100;
/**
 * How often operator and baseline have their turns, of which the middle one counts; an odd number. They take turns because a machine that others
 * share is faster in one minute than in the next.
 */
const TURNS = 3;
/** A given cluster may have no machines for so many models. */
const READY_PATIENCE_MS = 60_000;

/**
 * Measures the operator against a server in another process.
 *
 * @param args - command line flags, see the usage of `npm run bench`
 * @param root - of the repository
 * @throws Error when the cluster does not reach the expected state in time
 */
export async function runControllerBench(
  args: string[],
  root: string,
): Promise<ControllerBenchResult> {
  const flags = readFlags(args);
  const stage = await openStage(flags, root);
  try {
    const turns: Turn[] = [];
    while (turns.length < TURNS - 1) {
      turns.push((await takeTurn(stage, async () => {})).turn);
    }
    const { turn, recorded, seen } = await takeTurn(
      stage,
      async (operator, models) => ({
        ...(await watchQuiet(flags, operator)),
        ...(await measureChanges(stage, models)),
      }),
    );
    turns.push(turn);
    return {
      bench: 'controller',
      machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Node ${
        process.version
      }`,
      models: flags.models,
      objectsPerModel: round(recorded.flat().length / flags.models),
      quietSeconds: flags.quietSeconds,
      changes: flags.changes,
      server: flags.kubeconfig ? 'given' : 'sandbox',
      ratios: turns.map(({ ratio }) => ratio),
      ...middle(turns),
      ...seen,
    };
  } finally {
    await stage.stop();
  }
}

/** A turn of the operator, and one of the baseline right after it. */
type Turn = Awaited<ReturnType<typeof makeModels>> &
  Awaited<ReturnType<typeof runBaseline>> & { ratio: number };

/** Lets an operator make all models, looks at it in peace, and writes the same objects again when it is gone. */
async function takeTurn<T>(
  stage: Stage,
  look: (operator: Operator, models: KubeObject[]) => Promise<T>,
): Promise<{ turn: Turn; recorded: Recorded[][]; seen: T }> {
  const { client, flags } = stage;
  const operator = await stage.startOperator();
  const perModel = await warmUp(stage);
  const models = await prepareRun(client, 'run', flags.models);
  const made = await makeModels(stage, operator, models, perModel);
  const seen = await look(operator, models);
  const recorded = await recordAll(stage, models);
  await removeModels(client, models);
  await operator.process.stop();
  const baseline = await runBaseline(stage, models, recorded);
  const ratio = round(made.objectsS / baseline.baselineS);
  say(`ratio: ${ratio}`);
  return { turn: { ratio, ...made, ...baseline }, recorded, seen };
}

/**
 * Lets compilers warm up on both sides, so that whoever goes first is not at a disadvantage.
 *
 * @returns how many objects of each kind one model has, by plural
 */
async function warmUp(stage: Stage): Promise<Map<string, number>> {
  say(`warming up with ${WARM_UP_MODELS} models`);
  const models = await prepareRun(stage.client, 'warm-up', WARM_UP_MODELS);
  await createModels(stage.client, models);
  if (!(await untilReady(stage.client, models, PATIENCE_MS))) {
    throw new Error('the models of the warm-up did not become Ready');
  }
  const recorded = await recordAll(stage, models);
  await removeModels(stage.client, models);
  return new Map(
    recorded.flatMap(objects =>
      objects.length === 0
        ? []
        : [
            [
              objects[0].resource.plural,
              Math.round(objects.length / models.length),
            ],
          ],
    ),
  );
}

function middle(turns: readonly Turn[]): Turn {
  const sorted = [...turns].sort((left, right) => left.ratio - right.ratio);
  return sorted[(sorted.length - 1) / 2];
}

async function makeModels(
  stage: Stage,
  operator: Operator,
  models: KubeObject[],
  perModel: ReadonlyMap<string, number>,
) {
  const { client, flags } = stage;
  const { statusUrl } = operator;
  const kinds = WRITTEN_KINDS.filter(({ plural }) => perModel.has(plural));
  const present = await countKinds(client, kinds);
  const wanted = new Map(
    kinds.map(({ plural }) => [
      plural,
      (present.get(plural) ?? 0) + (perModel.get(plural) ?? 0) * models.length,
    ]),
  );
  const before = await operatorCalls(statusUrl);
  const cpu = cpuOf([operator.process, ...stage.servers], models.length);
  const started = performance.now();
  await createModels(client, models);
  say(
    `${models.length} models created after ${round(secondsSince(started))} s`,
  );
  await untilCounted(client, kinds, wanted, {
    timeoutMs: PATIENCE_MS,
    intervalMs: COUNT_INTERVAL_MS,
  });
  const objectsS = round(secondsSince(started));
  const cpuMs = cpu();
  say(
    `all objects exist after ${objectsS} s; CPU ms per model: ${JSON.stringify(
      cpuMs,
    )}`,
  );
  const then = await operatorCalls(statusUrl);
  say(
    `until then per model: ${round(
      (then.passes - before.passes) / models.length,
    )} passes, ${callsPerModel(before, then, models.length)}`,
  );
  const patienceMs = flags.kubeconfig ? READY_PATIENCE_MS : PATIENCE_MS;
  const ready = await untilReady(client, models, patienceMs);
  const readyS = ready ? round(secondsSince(started)) : undefined;
  say(ready ? `all Ready after ${readyS} s` : 'not all models became Ready');
  const after = await untilSettled(statusUrl);
  say(`calls per model: ${callsPerModel(before, after, models.length)}`);
  const calls = after.reads + after.writes - before.reads - before.writes;
  return {
    objectsS,
    readyS,
    callsPerModel: round(calls / models.length),
    cpuMs,
  };
}

async function watchQuiet(
  flags: BenchFlags,
  { process: operator, statusUrl }: Operator,
) {
  say(`watching ${flags.quietSeconds} s of quiet`);
  const before = await operatorCalls(statusUrl);
  const cpuBefore = operator.cpuSeconds();
  const started = performance.now();
  await sleep(flags.quietSeconds * 1000);
  const cpuAfter = operator.cpuSeconds();
  const elapsedS = secondsSince(started);
  const rssMb = operator.rssMb();
  const peakRssMb = operator.peakRssMb();
  const after = await operatorCalls(statusUrl);
  const quiet = {
    quietReads: after.reads - before.reads,
    quietWrites: after.writes - before.writes,
    leaseWrites: after.leaseWrites - before.leaseWrites,
    quietCpu:
      cpuBefore === undefined || cpuAfter === undefined
        ? undefined
        : round((cpuAfter - cpuBefore) / elapsedS, 4),
    rssMb: rssMb === undefined ? undefined : round(rssMb, 1),
    peakRssMb: peakRssMb === undefined ? undefined : round(peakRssMb, 1),
  };
  say(`quiet: ${JSON.stringify(quiet)}`);
  return quiet;
}

async function measureChanges({ client, flags }: Stage, models: KubeObject[]) {
  const { p50Ms, p99Ms } = await timeChanges(client, models, flags.changes);
  const changes = { changeP50Ms: round(p50Ms), changeP99Ms: round(p99Ms) };
  say(`changes: ${JSON.stringify(changes)}`);
  return changes;
}

async function runBaseline(
  stage: Stage,
  models: KubeObject[],
  recorded: Recorded[][],
) {
  say(`baseline: writing ${recorded.flat().length} objects again`);
  const cpu = cpuOf(stage.servers, models.length);
  const started = performance.now();
  await replay(stage.client, models, recorded, FIELD_MANAGER);
  const baselineS = round(secondsSince(started));
  const baselineCpuMs = cpu();
  say(
    `baseline: ${baselineS} s; CPU ms per model: ${JSON.stringify(
      baselineCpuMs,
    )}`,
  );
  await removeModels(stage.client, models);
  return { baselineS, baselineCpuMs };
}

async function recordAll(
  { client }: Stage,
  models: KubeObject[],
): Promise<Recorded[][]> {
  const namespaces = new Set(
    models.map(({ metadata }) => metadata.namespace ?? ''),
  );
  const recorded: Recorded[][] = [];
  for (const resource of WRITTEN_KINDS) {
    recorded.push(await record(client, resource, namespaces));
  }
  return recorded;
}

/** Begins to measure; call the result for the CPU time since then, in ms per model and by process. */
function cpuOf(
  processes: readonly BenchProcess[],
  models: number,
): () => Record<string, number> {
  const used = () => processes.map(process => process.cpuSeconds() ?? 0);
  const before = used();
  const own = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(own);
    const perModel = used().map((cpu, index): [string, number] => [
      processes[index].name,
      round(((cpu - before[index]) * 1000) / models, 1),
    ]);
    return {
      ...Object.fromEntries(perModel),
      bench: round((user + system) / 1000 / models, 1),
    };
  };
}
