import type {
  LoggerService,
  RootConfigService,
} from '@backstage/backend-plugin-api';

/** Starts the controller in this process. Returns a function that stops it. */
export async function startControllerRole(_deps: {
  config: RootConfigService;
  logger: LoggerService;
}): Promise<() => Promise<void>> {
  throw new Error('llm.roles: the controller can not run in this process yet');
}
