import type {
  LoggerService,
  RootConfigService,
} from '@backstage/backend-plugin-api';
import { createKubeClient } from '@slipway/controller';
import { settingsOf } from './config';
import { SETTINGS, readSettings, startModels } from './models';

/**
 * Starts the controller in this process, with the settings of `llm.operator` and, where those are silent, the environment variables of the
 * stand-alone controller. Competes for the same Lease as others, so that one of them works. Returns a function that stops it.
 *
 * @throws MissingSettingsError naming every setting that is missing
 * @throws InputError naming a setting that does not exist
 */
export async function startControllerRole(deps: {
  config: RootConfigService;
  logger: LoggerService;
}): Promise<() => Promise<void>> {
  const { config, logger } = deps;
  const settings = readSettings(settingsOf(config, 'llm.operator', SETTINGS));
  const client = await createKubeClient({
    kubeconfig:
      config.getOptionalString('llm.cluster.controllerKubeconfig') ??
      config.getOptionalString('llm.cluster.kubeconfig'),
    context: config.getOptionalString('llm.cluster.context'),
    userAgent: 'slipway-operator',
  });
  const running = await startModels({
    client,
    settings,
    logger,
    leaderElection: true,
  });
  return async () => {
    await running.stop();
    client.close();
  };
}
