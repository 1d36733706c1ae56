import type {
  LoggerService,
  RootConfigService,
} from '@backstage/backend-plugin-api';
import { createKubeClient } from '@slipway/controller';
import type { Knex } from 'knex';
import { ChangeFeed } from './access/ChangeFeed';
import { touchKeys } from './access/database/operations/keys/touch';
import {
  AUTHORIZER_SETTINGS,
  readAuthorizerSettings,
  startAuthorizer,
} from './authorizer';
import { settingsOf } from './config';

/**
 * Starts the authorizer in this process, with the settings of `llm.authorizer` and, where those are silent, the environment variables of the
 * stand-alone authorizer. Returns a function that stops it.
 *
 * @throws AuthorizerSettingError naming the first setting that is missing or can't work
 * @throws InputError naming a setting that does not exist
 */
export async function startAuthorizerRole(deps: {
  config: RootConfigService;
  /** The plugin's database, migrated. */
  knex: Knex;
  logger: LoggerService;
}): Promise<() => Promise<void>> {
  const { config, knex, logger } = deps;
  const settings = readAuthorizerSettings(
    settingsOf(config, 'llm.authorizer', AUTHORIZER_SETTINGS),
  );
  const client = await createKubeClient({
    kubeconfig: config.getOptionalString('llm.cluster.kubeconfig'),
    context: config.getOptionalString('llm.cluster.context'),
    userAgent: 'slipway-authorizer',
  });
  const running = await startAuthorizer({
    settings,
    client,
    feed: ChangeFeed.create({ knex }),
    noteUses: uses =>
      touchKeys(
        knex,
        new Map([...uses].map(([id, at]) => [id, at.toISOString()])),
      ),
    logger,
  });
  logger.info(`The authorizer listens on port ${running.port}`);
  return async () => {
    await running.stop();
    client.close();
  };
}
