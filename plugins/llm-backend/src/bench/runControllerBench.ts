import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  createKubeClient,
  HttpKubeClient,
  KubeObject,
  Resource,
} from '@slipway/controller';
import { envoyAIGateway } from '../gateway/envoy-ai-gateway';
import { GENERATED_KINDS, LLM_MODELS, READ_KINDS } from '../models/kinds';
import { FIELD_MANAGER } from '../models/names';
import { benchModels, benchNamespaces, namespaceObject } from './benchModels';
import { timeChanges } from './changes';
import { countKinds, countObjects, untilCounted } from './countObjects';
import { OperatorCalls, operatorCalls } from './operatorCalls';
import { BenchProcess } from './processes';
import { record, Recorded, replay } from './replay';

/** What the benchmark measured. Times in seconds unless their name says otherwise. */
export interface ControllerBenchResult {
  bench: 'controller';
  machine: string;
  models: number;
  objectsPerModel: number;
  quietSeconds: number;
  changes: number;
  server: 'sandbox' | 'given';
  /** `objectsS / baselineS`: how much slower than just writing the same objects. */
  ratio: number;
  /** Writing the recorded objects again as fast as one process can. */
  baselineS: number;
  /** From the first model until all objects exist. */
  objectsS: number;
  /** Until all models are Ready. */
  readyS: number | undefined;
  callsPerModel: number;
  quietReads: number;
  quietWrites: number;
  leaseWrites: number;
  /** Share of a core. */
  quietCpu: number | undefined;
  rssMb: number | undefined;
  changeP50Ms: number;
  changeP99Ms: number;
}

/** All kinds that the operator makes, in the order in which one depends on another. */
const KINDS: readonly Resource[] = [
  GENERATED_KINDS.serviceAccounts,
  GENERATED_KINDS.roles,
  GENERATED_KINDS.roleBindings,
  GENERATED_KINDS.claims,
  GENERATED_KINDS.configMaps,
  GENERATED_KINDS.jobs,
  GENERATED_KINDS.deployments,
  GENERATED_KINDS.services,
  GENERATED_KINDS.networkPolicies,
  GENERATED_KINDS.podMonitors,
  GENERATED_KINDS.pools,
  envoyAIGateway.policyKind,
  envoyAIGateway.routeKind,
];
const WARM_UP_MODELS = 50;
const PATIENCE_MS = 600_000;
const COUNT_INTERVAL_MS = 100;

interface Flags {
  models: number;
  quietSeconds: number;
  changes: number;
  kubeconfig?: string;
  profileDir?: string;
}

interface Stage {
  flags: Flags;
  client: HttpKubeClient;
  folder: string;
  kubeconfig: string;
  operatorEnv: Record<string, string>;
  /** Processes whose CPU time is shown beside the results. */
  processes: BenchProcess[];
}

/**
 * Measures the operator against a server in another process.
 *
 * @param args - command line flags, see the usage of `npm run bench`
 * @throws Error when the cluster does not reach the expected state in time
 */
export async function runControllerBench(
  args: string[],
): Promise<ControllerBenchResult> {
  const flags = readFlags(args);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  say(`logs in ${folder}`);
  const sandbox = flags.kubeconfig
    ? undefined
    : await startSandbox(flags, folder);
  const kubeconfig = flags.kubeconfig ?? sandbox?.kubeconfig ?? '';
  const client = await createKubeClient({
    kubeconfig,
    userAgent: 'slipway-bench',
  });
  const stage: Stage = {
    flags,
    client,
    folder,
    kubeconfig,
    operatorEnv: sandbox?.operatorEnv ?? {},
    processes: sandbox ? [sandbox.process] : [],
  };
  try {
    return await measure(stage);
  } finally {
    client.close();
    await sandbox?.process.stop();
  }
}

async function measure(stage: Stage): Promise<ControllerBenchResult> {
  const { flags, client } = stage;
  const operator = BenchProcess.start(
    'plugins/llm-backend/src/bin/controller.ts',
    [
      ...['--kubeconfig', stage.kubeconfig, '--leader-elect'],
      ...[
        '--status-port',
        '0',
        '--status-host',
        '127.0.0.1',
        '--log-level',
        'info',
      ],
    ],
    {
      env: stage.operatorEnv,
      profileDir: flags.profileDir,
      log: path.join(stage.folder, 'operator.log'),
    },
  );
  stage.processes.push(operator);
  try {
    const statusUrl = await statusUrlOf(stage.folder, operator);
    await warmUp(stage);
    const run = await runModels(stage, statusUrl);
    const quiet = await watchQuiet(flags, operator, statusUrl);
    const changes = await timeChanges(client, run.models, flags.changes);
    say(
      `changes: p50 ${changes.p50Ms.toFixed(0)} ms, p99 ${changes.p99Ms.toFixed(
        0,
      )} ms`,
    );
    const recorded = await recordAll(stage, run.models);
    await removeModels(stage, run.models);
    await operator.stop();
    const baselineS = await runBaseline(stage, recorded);
    return {
      bench: 'controller',
      machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Node ${
        process.version
      }`,
      models: flags.models,
      objectsPerModel: recorded.flat().length / flags.models,
      quietSeconds: flags.quietSeconds,
      changes: flags.changes,
      server: flags.kubeconfig ? 'given' : 'sandbox',
      ratio: round(run.objectsS / baselineS),
      baselineS: round(baselineS),
      objectsS: round(run.objectsS),
      readyS: run.readyS === undefined ? undefined : round(run.readyS),
      callsPerModel: round(run.callsPerModel),
      ...quiet,
      changeP50Ms: round(changes.p50Ms),
      changeP99Ms: round(changes.p99Ms),
    };
  } finally {
    await operator.stop();
  }
}

/** Lets compilers warm up on both sides, so that whoever goes first is not at a disadvantage. */
async function warmUp(stage: Stage): Promise<void> {
  say(`warming up with ${WARM_UP_MODELS} models`);
  const models = benchModels('warm-up', WARM_UP_MODELS);
  await createNamespaces(stage.client, 'warm-up');
  await createAll(stage.client, models);
  await untilReady(stage.client, models, PATIENCE_MS);
  const recorded = await recordAll(stage, models);
  perModel.clear();
  for (const objects of recorded) {
    if (objects.length > 0) {
      perModel.set(
        objects[0].resource.plural,
        Math.round(objects.length / models.length),
      );
    }
  }
  await removeModels(stage, models);
}

/** How many objects of each kind one model has; learnt from the warm-up. */
const perModel = new Map<string, number>();

async function runModels(stage: Stage, statusUrl: string) {
  const { client, flags } = stage;
  await createNamespaces(client, 'run');
  const models = benchModels('run', flags.models);
  const kinds = KINDS.filter(({ plural }) => perModel.has(plural));
  const present = await countKinds(client, kinds);
  const wanted = new Map(
    kinds.map(({ plural }) => [
      plural,
      (present.get(plural) ?? 0) + (perModel.get(plural) ?? 0) * flags.models,
    ]),
  );
  const before = await operatorCalls(statusUrl);
  const cpu = cpuOf(stage);
  const started = performance.now();
  await createAll(client, models);
  say(`${flags.models} models created after ${seconds(started)} s`);
  await untilCounted(client, kinds, wanted, {
    timeoutMs: PATIENCE_MS,
    intervalMs: COUNT_INTERVAL_MS,
  });
  const objectsS = (performance.now() - started) / 1000;
  say(`all objects exist after ${objectsS.toFixed(1)} s (CPU: ${cpu()})`);
  const ready = await untilReady(
    client,
    models,
    flags.kubeconfig ? 60_000 : PATIENCE_MS,
  );
  const readyS = ready ? (performance.now() - started) / 1000 : undefined;
  say(
    ready
      ? `all Ready after ${readyS?.toFixed(1)} s`
      : 'not all models became Ready',
  );
  await untilSettled(statusUrl);
  const after = await operatorCalls(statusUrl);
  const calls = after.reads + after.writes - before.reads - before.writes;
  return { models, objectsS, readyS, callsPerModel: calls / flags.models };
}

async function watchQuiet(
  flags: Flags,
  operator: BenchProcess,
  statusUrl: string,
) {
  say(`watching ${flags.quietSeconds} s of quiet`);
  const before = await operatorCalls(statusUrl);
  const cpuBefore = operator.cpuSeconds();
  const started = performance.now();
  await sleep(flags.quietSeconds * 1000);
  const cpuAfter = operator.cpuSeconds();
  const elapsedS = (performance.now() - started) / 1000;
  const rssMb = operator.rssMb();
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
  };
  say(`quiet: ${JSON.stringify(quiet)}`);
  say(await memoryOf(statusUrl));
  return quiet;
}

/** Where the operator's memory is. */
async function memoryOf(statusUrl: string): Promise<string> {
  const text = await (await fetch(`${statusUrl}/metrics`)).text();
  const sizes = [
    ...text.matchAll(/^nodejs_(heap_size_\w+|external_memory)_bytes (\d+)$/gm),
  ];
  return sizes
    .map(([, name, bytes]) => `${name} ${(Number(bytes) / 1e6).toFixed(0)} MB`)
    .join(', ');
}

async function runBaseline(
  stage: Stage,
  recorded: Recorded[][],
): Promise<number> {
  const { client, flags } = stage;
  say(`baseline: writing ${recorded.flat().length} objects again`);
  const models = benchModels('run', flags.models);
  const cpu = cpuOf(stage);
  const started = performance.now();
  await replay(client, models, recorded, FIELD_MANAGER);
  const baselineS = (performance.now() - started) / 1000;
  say(`baseline: ${baselineS.toFixed(1)} s (CPU: ${cpu()})`);
  await Promise.all(
    models.map(({ metadata }) => client.delete(LLM_MODELS, metadata)),
  );
  return baselineS;
}

async function createNamespaces(
  client: HttpKubeClient,
  run: string,
): Promise<void> {
  for (const name of benchNamespaces(run)) {
    await client.apply(READ_KINDS.namespaces, namespaceObject(name), {
      fieldManager: 'slipway-bench',
    });
  }
}

async function createAll(
  client: HttpKubeClient,
  models: KubeObject[],
): Promise<void> {
  await Promise.all(models.map(model => client.create(LLM_MODELS, model)));
}

async function untilReady(
  client: HttpKubeClient,
  models: KubeObject[],
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  const namespaces = new Set(models.map(({ metadata }) => metadata.namespace));
  for (;;) {
    const all = (await client.list(LLM_MODELS)).items.filter(({ metadata }) =>
      namespaces.has(metadata.namespace),
    );
    const ready = all.filter(
      ({ status }) => Object(status).phase === 'Ready',
    ).length;
    if (ready >= models.length) {
      return true;
    }
    if (performance.now() > deadline) {
      say(`${ready} of ${models.length} models are Ready`);
      return false;
    }
    await sleep(500);
  }
}

/** Begins to measure; call the result for the CPU time since then. */
function cpuOf({ processes }: Stage): () => string {
  const used = () => processes.map(process => process.cpuSeconds() ?? 0);
  const before = used();
  const own = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(own);
    const parts = used().map(
      (cpu, index) =>
        `${processes[index].name} ${(cpu - before[index]).toFixed(1)} s`,
    );
    return [
      ...parts,
      `this process ${((user + system) / 1e6).toFixed(1)} s`,
    ].join(', ');
  };
}

/** The operator has done what there was to do: no call for two seconds. */
async function untilSettled(statusUrl: string): Promise<void> {
  let last: OperatorCalls | undefined;
  let unchanged = 0;
  while (unchanged < 4) {
    const now = await operatorCalls(statusUrl);
    unchanged =
      now.reads === last?.reads && now.writes === last.writes
        ? unchanged + 1
        : 0;
    last = now;
    await sleep(500);
  }
}

async function recordAll(
  stage: Stage,
  models: KubeObject[],
): Promise<Recorded[][]> {
  const namespaces = new Set(
    models.map(({ metadata }) => metadata.namespace ?? ''),
  );
  const recorded: Recorded[][] = [];
  for (const resource of KINDS) {
    recorded.push(await record(stage.client, resource, namespaces));
  }
  return recorded;
}

async function removeModels(
  { client }: Stage,
  models: KubeObject[],
): Promise<void> {
  say('removing the models');
  const left = (await countObjects(client, LLM_MODELS)) - models.length;
  await Promise.all(
    models.map(({ metadata }) => client.delete(LLM_MODELS, metadata)),
  );
  const deadline = performance.now() + PATIENCE_MS;
  const kinds = [
    LLM_MODELS,
    GENERATED_KINDS.deployments,
    GENERATED_KINDS.claims,
    READ_KINDS.pods,
  ];
  for (const resource of kinds) {
    while ((await countObjects(client, resource)) > left) {
      if (performance.now() > deadline) {
        throw new Error(
          `${resource.plural} are left after their models were deleted`,
        );
      }
      await sleep(200);
    }
  }
}

async function startSandbox(flags: Flags, folder: string) {
  say('starting the sandbox');
  const nodes = path.join(folder, 'nodes.json');
  const gpus = { count: 8, product: 'NVIDIA-H100-80GB-HBM3', memoryMiB: 81559 };
  const count = Math.ceil((flags.models + WARM_UP_MODELS) / 8) + 2;
  const machine = { name: 'gpu', count, cpu: 192, memory: '2Ti', gpus };
  const plain = {
    name: 'cpu',
    count: Math.ceil(count / 8),
    cpu: 192,
    memory: '2Ti',
    pods: 1000,
  };
  fs.writeFileSync(nodes, JSON.stringify([machine, plain]));
  const ports = ['--api-port', '--gateway-port', '--oidc-port', '--admin-port'];
  const sandbox = BenchProcess.start(
    'packages/sandbox/src/bin.ts',
    [
      ...ports.flatMap(flag => [flag, '0']),
      ...['--delay-scale', '0', '--events', 'warnings', '--nodes', nodes],
      ...['--state-dir', path.join(folder, 'sandbox')],
    ],
    { profileDir: flags.profileDir, log: path.join(folder, 'sandbox.log') },
  );
  const ready = await sandbox.firstLine();
  return {
    process: sandbox,
    kubeconfig: String(ready.kubeconfig),
    operatorEnv: {
      LLM_BASE_DOMAIN: 'slipway.localhost',
      LLM_EXTERNAL_GATEWAY_NAME: 'ai',
      LLM_INTERNAL_GATEWAY_NAME: 'ai',
      LLM_OIDC_ISSUER_URL: String(ready.oidcIssuer),
    },
  };
}

/** The operator logs where its status server listens. */
async function statusUrlOf(
  folder: string,
  operator: BenchProcess,
): Promise<string> {
  for (;;) {
    const log = fs.readFileSync(path.join(folder, 'operator.log'), 'utf8');
    const port = /"statusPort":(\d+)/.exec(log)?.[1];
    if (port) {
      return `http://127.0.0.1:${port}`;
    }
    if (operator.hasEnded) {
      throw new Error(`the operator ended:\n${log}`);
    }
    await sleep(50);
  }
}

function readFlags(args: string[]): Flags {
  const { values } = parseArgs({
    args,
    options: {
      models: { type: 'string', default: '1000' },
      'quiet-seconds': { type: 'string', default: '60' },
      changes: { type: 'string', default: '100' },
      kubeconfig: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  return {
    models: positive('models', values.models),
    quietSeconds: positive('quiet-seconds', values['quiet-seconds']),
    changes: positive('changes', values.changes),
    kubeconfig: values.kubeconfig && path.resolve(values.kubeconfig),
    profileDir: values.profile && path.resolve(values.profile),
  };
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`--${flag} ${text}: must be a whole number above 0`);
  }
  return value;
}

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

function seconds(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
