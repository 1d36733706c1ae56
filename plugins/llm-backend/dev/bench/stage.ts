import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createKubeClient, HttpKubeClient } from '@slipway/controller';
import { BenchFlags } from './flags';
import { BenchProcess, bundle } from './processes';
import { say, sleep } from './progress';

/** Models that are made and removed before anything is measured. After 50 the server still spent a fifth more on each than after 400. */
export const WARM_UP_MODELS = 200;

/** An operator in a process of its own. */
export interface Operator {
  process: BenchProcess;
  /** Where it serves its metrics. */
  statusUrl: string;
}

/** What the benchmark runs on: a server in a process of its own. */
export interface Stage {
  flags: BenchFlags;
  client: HttpKubeClient;
  /** The sandbox, unless a cluster is given. */
  servers: BenchProcess[];
  /** Starts an operator. One at a time. */
  startOperator(): Promise<Operator>;
  /** Ends everything, an operator too. */
  stop(): Promise<void>;
}

/** As in the chart: the heap is left alone until it has the size that a burst makes it have anyway, and gives its memory back after one. */
const NODE_FLAGS = [
  '--expose-gc',
  '--heap-growing-percent=25',
  '--max-semi-space-size=4',
  '--initial-heap-size=120',
];

/** Starts the sandbox, unless a cluster is given. */
export async function openStage(
  flags: BenchFlags,
  root: string,
): Promise<Stage> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  say(`logs in ${folder}`);
  const sandbox = flags.kubeconfig
    ? undefined
    : await startSandbox(flags, folder, root);
  const kubeconfig = flags.kubeconfig ?? sandbox?.kubeconfig ?? '';
  const client = await createKubeClient({
    kubeconfig,
    userAgent: 'slipway-bench',
  });
  const program = await bundle(
    path.join(root, 'plugins/llm-backend/src/bin/controller.ts'),
    path.join(folder, 'controller.cjs'),
  );
  let operator: Operator | undefined;
  return {
    flags,
    client,
    servers: sandbox ? [sandbox.process] : [],
    startOperator: async () => {
      const process = startOperator(flags, program, root, {
        kubeconfig,
        env: sandbox?.operatorEnv,
        log: path.join(folder, 'operator.log'),
      });
      operator = { process, statusUrl: await statusUrlOf(folder, process) };
      return operator;
    },
    stop: async () => {
      await operator?.process.stop();
      client.close();
      await sandbox?.process.stop();
    },
  };
}

function startOperator(
  { profileDir }: BenchFlags,
  program: string,
  root: string,
  options: { kubeconfig: string; env?: Record<string, string>; log: string },
): BenchProcess {
  const { kubeconfig, env, log } = options;
  const status = ['--status-port', '0', '--status-host', '127.0.0.1'];
  return BenchProcess.start(
    program,
    ['--kubeconfig', kubeconfig, '--leader-elect', ...status],
    { cwd: root, env, nodeFlags: NODE_FLAGS, profileDir, log },
  );
}

async function startSandbox(flags: BenchFlags, folder: string, root: string) {
  say('starting the sandbox');
  const nodes = path.join(folder, 'nodes.json');
  fs.writeFileSync(
    nodes,
    JSON.stringify(nodesFor(flags.models + WARM_UP_MODELS)),
  );
  const ports = ['--api-port', '--gateway-port', '--oidc-port', '--admin-port'];
  const sandbox = BenchProcess.start(
    path.join(root, 'packages/sandbox/src/bin.ts'),
    [
      ...ports.flatMap(flag => [flag, '0']),
      ...['--delay-scale', '0', '--events', 'warnings', '--nodes', nodes],
      ...['--state-dir', path.join(folder, 'sandbox')],
    ],
    {
      cwd: root,
      profileDir: flags.profileDir,
      log: path.join(folder, 'sandbox.log'),
    },
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

/** Enough machines for models with one GPU each, and for what runs beside them. */
function nodesFor(models: number) {
  const count = Math.ceil(models / 8) + 2;
  const machine = { cpu: 192, memory: '2Ti' };
  const gpus = { count: 8, product: 'NVIDIA-H100-80GB-HBM3', memoryMiB: 81559 };
  return [
    { ...machine, name: 'gpu', count, gpus },
    { ...machine, name: 'cpu', count: Math.ceil(count / 8), pods: 1000 },
  ];
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
