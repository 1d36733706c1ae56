import { WorldDelays } from '../delays';
import { ModelServers } from '../modelServers';
import { HuggingFace } from './huggingFace';
import { modelCleaner, modelDownloader } from './modelDownloader';
import { modelLoader } from './modelLoader';
import { ContainerSpec, flagValue, Program } from './program';
import { vllm } from './vllm';

/** Programs by the name of their container. */
export type Programs = ReadonlyMap<string, Program>;

/** The endpoint picker: answers as soon as it runs. */
const endpointPicker: Program = context => {
  const pool = flagValue(context.argv, '--pool-name') ?? '';
  context.log(
    JSON.stringify({
      level: 'info',
      ts: new Date(context.now()).toISOString(),
      logger: 'setup',
      msg: 'Controller manager started',
      pool,
    }),
  );
  context.ready();
};

/** Anything else runs until it is stopped, and does nothing. */
const sleep: Program = context => context.ready();

/** What the sandbox knows to run. Containers with other names sleep. */
export function knownPrograms(
  hub: HuggingFace,
  servers: ModelServers,
  delays: WorldDelays,
): Programs {
  return new Map<string, Program>([
    ['epp', endpointPicker],
    ['model-cleaner', modelCleaner],
    ['model-downloader', modelDownloader(hub)],
    ['model-loader', modelLoader(delays.modelCopyMs)],
    ['vllm', vllm(servers, delays.modelStartMs)],
  ]);
}

/** The program of a container. */
export function programOf(
  programs: Programs,
  container: ContainerSpec,
): Program {
  return programs.get(container.name) ?? sleep;
}
