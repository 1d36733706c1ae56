#!/usr/bin/env node
import {
  ControllerMetrics,
  createKubeClient,
  jsonLogger,
} from '@slipway/controller';
import { parseArgs } from 'node:util';
import { ChangeFeed } from '../access/ChangeFeed';
import { touchKeys } from '../access/database/operations/keys/touch';
import {
  AUTHORIZER_SETTINGS,
  authorizerSettingNames,
  AuthorizerSettingName,
  readAuthorizerSettings,
  startAuthorizer,
} from '../authorizer';
import { connectDatabase } from './connectDatabase';

const OPTIONS = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  'database-url': { type: 'string' },
  'status-port': { type: 'string', default: '8081' },
  'status-host': { type: 'string' },
  'log-level': { type: 'string', default: 'info' },
  help: { type: 'boolean', default: false },
} as const;

const HELP = `Runs the authorizer: tells Envoy who may call which model (ext_authz, gRPC).

  authorizer --database-url URL [--kubeconfig FILE] [--context NAME] [settings]

  --database-url URL   the portal's Postgres database of the plugin llm, e.g. postgres://user@host/backstage_plugin_llm;
                       LLM_DATABASE_URL if absent, which does not show in lists of processes
  --kubeconfig FILE    the cluster; that of the pod if absent
  --context NAME       a context of the kubeconfig; its current one if absent
  --status-port N      /healthz, /readyz and /metrics; 8081 if absent, 0 takes any free port
  --status-host HOST   all interfaces if absent
  --log-level LEVEL    debug, info, warn or error

Settings, as flags or environment variables:

${authorizerSettingNames.map(describe).join('\n')}
`;

function flagOf(name: AuthorizerSettingName): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}

function describe(name: AuthorizerSettingName): string {
  const setting: { env: string; help: string; fallback?: string } =
    AUTHORIZER_SETTINGS[name];
  const fallback = setting.fallback ? `; ${setting.fallback} if absent` : '';
  return `  --${flagOf(name)} (${setting.env})\n      ${
    setting.help
  }${fallback}`;
}

function readFlags(args: string[]) {
  const settings = Object.fromEntries(
    authorizerSettingNames.map(name => [
      flagOf(name),
      { type: 'string' as const },
    ]),
  );
  return parseArgs({ args, options: { ...settings, ...OPTIONS }, strict: true })
    .values;
}

function readLevel(text: string): 'debug' | 'info' | 'warn' | 'error' {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const level = levels.find(candidate => candidate === text);
  if (!level) {
    throw new Error(`--log-level ${text}: must be one of ${levels.join(', ')}`);
  }
  return level;
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`--status-port ${text}: must be a port`);
  }
  return port;
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
  const settings = readAuthorizerSettings(
    name =>
      given.get(flagOf(name)) ?? process.env[AUTHORIZER_SETTINGS[name].env],
  );
  const logger = jsonLogger(readLevel(flags['log-level'] ?? 'info'));
  const metrics = new ControllerMetrics({ processMetrics: true });
  const databaseUrl = flags['database-url'] ?? process.env.LLM_DATABASE_URL;
  if (!databaseUrl) {
    throw new Error(
      'The authorizer can not start: --database-url or LLM_DATABASE_URL is missing.',
    );
  }
  const knex = connectDatabase(databaseUrl);
  const client = await createKubeClient({
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    userAgent: 'slipway-authorizer',
    onCall: metrics.onCall,
  });
  const running = await startAuthorizer({
    settings,
    client,
    feed: ChangeFeed.create({ knex }),
    noteUses: uses => touchKeys(knex, timesOf(uses)),
    logger,
    registry: metrics.registry,
    status: {
      port: readPort(flags['status-port'] ?? ''),
      host: flags['status-host'],
    },
  });
  logger.info('the authorizer listens', {
    port: running.port,
    statusPort: running.statusPort,
  });
  const stop = (): void => {
    logger.info('the authorizer stops');
    running
      .stop()
      .then(() => knex.destroy())
      .then(() => {
        client.close();
        process.exit(0);
      })
      .catch(fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function timesOf(uses: ReadonlyMap<string, Date>): Map<string, string> {
  return new Map([...uses].map(([id, at]) => [id, at.toISOString()]));
}

function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\nSee --help for all settings.\n`);
  process.exit(1);
}

main().catch(fail);
