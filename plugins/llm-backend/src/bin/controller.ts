#!/usr/bin/env node
import {
  ControllerMetrics,
  createKubeClient,
  jsonLogger,
} from '@slipway/controller';
import { parseArgs } from 'node:util';
import {
  flagOf,
  MissingSettingsError,
  readSettings,
  SettingName,
  SETTINGS,
  startModels,
} from '../models';
import { giveUpMemoryAfterBursts, thisProcess } from './giveUpMemory';

/** Names of all settings, which are flags as well. */
const NAMES = Object.keys(SETTINGS).filter(
  (name): name is SettingName => name in SETTINGS,
);

const OPTIONS = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  'leader-elect': { type: 'boolean', default: false },
  'status-port': { type: 'string', default: '8081' },
  'status-host': { type: 'string' },
  'log-level': { type: 'string', default: 'info' },
  workers: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `Runs the operator: makes what LLMModels need, in any cluster.

  controller [--kubeconfig FILE] [--context NAME] [settings]

  --kubeconfig FILE    the cluster; that of the pod if absent
  --context NAME       a context of the kubeconfig; its current one if absent
  --leader-elect       compete for the Lease slipway-operator in POD_NAMESPACE
  --status-port N      /healthz, /readyz and /metrics; 8081 if absent, 0 takes any free port
  --status-host HOST   all interfaces if absent
  --log-level LEVEL    debug, info, warn or error
  --workers N          models in progress at once; 64 if absent

Settings, as flags or environment variables:

${NAMES.map(describe).join('\n')}
`;

function describe(name: SettingName): string {
  const setting: {
    env: string;
    help: string;
    required?: boolean;
    fallback?: string;
  } = SETTINGS[name];
  const fallback = setting.fallback ? `; ${setting.fallback} if absent` : '';
  return `  ${flagOf(name)} (${setting.env})${
    setting.required ? ', required' : ''
  }\n      ${setting.help}${fallback}`;
}

function readFlags(args: string[]) {
  const settings = Object.fromEntries(
    NAMES.map(name => [flagOf(name).slice(2), { type: 'string' as const }]),
  );
  return parseArgs({ args, options: { ...settings, ...OPTIONS }, strict: true })
    .values;
}

function readLevel(
  text: string | undefined,
): 'debug' | 'info' | 'warn' | 'error' {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const level = levels.find(candidate => candidate === text);
  if (!level) {
    throw new Error(`--log-level ${text}: must be one of ${levels.join(', ')}`);
  }
  return level;
}

function readNumber(
  flag: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) {
    throw new Error(`--${flag} ${text}: must be a whole number`);
  }
  return number;
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2));
  if (flags.help) {
    process.stdout.write(HELP);
    return;
  }
  const given = new Map(
    Object.entries(flags).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  const settings = readSettings(
    name => given.get(flagOf(name).slice(2)) ?? process.env[SETTINGS[name].env],
  );
  const logger = jsonLogger(readLevel(flags['log-level']));
  const metrics = new ControllerMetrics({ processMetrics: true });
  const client = await createKubeClient({
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    userAgent: 'slipway-operator',
    onCall: metrics.onCall,
  });
  const running = await startModels({
    client,
    settings,
    logger,
    metrics,
    leaderElection: flags['leader-elect'],
    statusPort: readNumber('status-port', flags['status-port']),
    statusHost: flags['status-host'],
    workers: readNumber('workers', flags.workers),
  });
  const surroundings = thisProcess();
  if (surroundings) {
    giveUpMemoryAfterBursts(surroundings);
  }
  logger.info('the operator runs', { statusPort: running.statusPort });
  const stop = (): void => {
    logger.info('the operator stops');
    running.stop().then(
      () => process.exit(0),
      error => fail(error),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${message}\n${
      error instanceof MissingSettingsError
        ? '\nSee --help for all settings.\n'
        : ''
    }`,
  );
  process.exit(1);
}

main().catch(fail);
