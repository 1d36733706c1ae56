import { ModelServers } from '../modelServers';
import { flagValue, flagValues, Program, ProgramContext } from './program';

const PORT = 8000;
const GIB = 2 ** 30;

/**
 * vLLM's OpenAI server: refuses what vLLM refuses, says what it says while it loads, and answers when it has. Texts as of vLLM 0.11
 * (`vllm/config/parallel.py`, `vllm/transformers_utils/config.py`, `vllm/entrypoints/openai/api_server.py`).
 *
 * A container of that name with another command is taken for some OpenAI-compatible server without weights, as the mock in the samples.
 */
export function vllm(servers: ModelServers, startMs: number): Program {
  return context => {
    if (!isVllm(context)) return serve(context, servers, startMs / 4);
    const { argv } = context;
    say(context, 'api_server.py:1977', 'vLLM API server version 0.11.2');
    say(context, 'utils.py:253', `non-default args: ${argumentsOf(argv)}`);
    const fault = parallelFault(context) ?? weightsFault(context);
    if (fault) return crash(context, fault);
    return serve(context, servers, startMs);
  };
}

function isVllm({ argv }: ProgramContext): boolean {
  return (
    argv.length === 0 ||
    argv[0].startsWith('--') ||
    argv.some(argument => argument.includes('vllm'))
  );
}

function argumentsOf(argv: readonly string[]): string {
  const flags = argv
    .filter(argument => argument.startsWith('--'))
    .map(flag => flag.split('=')[0]);
  const pairs = flags.map(
    flag =>
      `'${flag.slice(2).replaceAll('-', '_')}': '${
        flagValue(argv, flag) ?? ''
      }'`,
  );
  return `{${pairs.join(', ')}}`;
}

function parallelFault({ argv, gpus }: ProgramContext): string[] | undefined {
  const tensor = Number(flagValue(argv, '--tensor-parallel-size') ?? 1);
  const data = Number(flagValue(argv, '--data-parallel-size') ?? 1);
  if (!Number.isInteger(tensor) || tensor < 1) {
    return [
      'pydantic_core._pydantic_core.ValidationError: 1 validation error for ParallelConfig',
      'tensor_parallel_size',
      `  Input should be greater than or equal to 1 [type=greater_than_equal, input_value=${tensor}, input_type=int]`,
    ];
  }
  if (gpus === 0 || tensor * data <= gpus) return undefined;
  return [
    `ValueError: World size (${
      tensor * data
    }) is larger than the number of available GPUs (${gpus}) in this node. If this is intentional and you are using:`,
    "- ray, set '--distributed-executor-backend ray'.",
    "- multiprocessing, set '--nnodes' appropriately.",
  ];
}

/** A model given as a path must be there; one given as a repository is fetched by vLLM itself. */
function weightsFault(context: ProgramContext): string[] | undefined {
  const model = modelOf(context.argv);
  if (!model?.startsWith('/')) return undefined;
  const place = context.locate(model);
  if (place?.volume.weights.get(place.path)?.complete) return undefined;
  return [
    `ValueError: Invalid repository ID or local directory specified: '${model}'.`,
    'Please verify the following requirements:',
    '1. Provide a valid Hugging Face repository ID.',
    '2. Specify a local directory that contains a recognized configuration file.',
    "   - For Hugging Face models: ensure the presence of a 'config.json'.",
    "   - For Mistral models: ensure the presence of a 'params.json'.",
  ];
}

function crash(context: ProgramContext, lines: readonly string[]): undefined {
  context.log('(APIServer pid=1) Traceback (most recent call last):');
  context.log(
    '(APIServer pid=1)   File "<frozen runpy>", line 198, in _run_module_as_main',
  );
  for (const line of lines) context.log(`(APIServer pid=1) ${line}`);
  context.exit(1);
  return undefined;
}

function serve(
  context: ProgramContext,
  servers: ModelServers,
  startMs: number,
) {
  const { argv, namespace, pod, podIp } = context;
  const names = flagValues(argv, '--served-model-name');
  const model = modelOf(argv) ?? 'unknown';
  const maxModelLen = Number(flagValue(argv, '--max-model-len'));
  const server = {
    namespace,
    pod,
    podIp,
    port: Number(flagValue(argv, '--port') ?? PORT),
    servedModelNames: names.length > 0 ? names : [model],
    ...(maxModelLen > 0 && { maxModelLen }),
    log: (line: string) => context.log(line),
  };
  servers.set({ ...server, ready: false });
  const place = context.locate(model);
  const gib = (place?.volume.weights.get(place.path)?.bytes ?? GIB) / GIB;
  const shards = Math.max(1, Math.round(gib / 4.6));
  context.after(startMs * 0.3, () => {
    engine(
      context,
      'gpu_model_runner.py:2602',
      `Starting to load model ${model}...`,
    );
    context.after(startMs * 0.4, () => {
      const percent = `100% Completed | ${shards}/${shards}`;
      context.log(`Loading safetensors checkpoint shards: ${percent}`);
      const seconds = (startMs / 1000).toFixed(6);
      engine(
        context,
        'gpu_model_runner.py:2653',
        `Model loading took ${gib.toFixed(4)} GiB and ${seconds} seconds`,
      );
      context.after(startMs * 0.3, () => {
        say(
          context,
          'api_server.py:1724',
          `Starting vLLM API server 0 on http://0.0.0.0:${server.port}`,
        );
        context.log(
          '(APIServer pid=1) INFO:     Application startup complete.',
        );
        servers.set({ ...server, ready: true });
        context.ready();
      });
    });
  });
  return { stop: () => servers.remove(podIp) };
}

function modelOf(argv: readonly string[]): string | undefined {
  const serveAt = argv.indexOf('serve');
  const positional = serveAt >= 0 ? argv[serveAt + 1] : undefined;
  return (
    flagValue(argv, '--model') ??
    (positional?.startsWith('--') ? undefined : positional)
  );
}

function say(context: ProgramContext, where: string, text: string): void {
  context.log(
    `(APIServer pid=1) INFO ${clockTime(context)} [${where}] ${text}`,
  );
}

function engine(context: ProgramContext, where: string, text: string): void {
  context.log(
    `(EngineCore_DP0 pid=118) INFO ${clockTime(context)} [${where}] ${text}`,
  );
}

/** `11-28 11:45:51`, as vLLM's logger writes times. */
function clockTime(context: ProgramContext): string {
  return new Date(context.now()).toISOString().slice(5, 19).replace('T', ' ');
}
