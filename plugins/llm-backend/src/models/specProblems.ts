import { Model, SpecProblem } from './model';
import { parseQuantity } from '@slipway/controller';

const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const MAX_NAME = 59;
const OWN_FLAG =
  /^--(model|served[-_]model[-_]name|port|api[-_]key|uds|ssl[-_](keyfile|certfile))(=|$)/;
const REPOSITORY =
  /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}(\/[A-Za-z0-9_.][A-Za-z0-9_.-]{0,95})?$/;

/**
 * The first thing in a spec that can never work. The rules of the custom resource definition refuse the same when a model is applied; this
 * finds them in models that were stored before the rules, and the few that need arithmetic on quantities.
 */
export function findSpecProblem(model: Model): SpecProblem | undefined {
  for (const check of [
    checkName,
    checkSource,
    checkStorage,
    checkShape,
    checkResources,
    checkArgs,
    checkEnvironment,
    checkAccess,
  ]) {
    const problem = check(model);
    if (problem) {
      return problem;
    }
  }
  return undefined;
}

function checkName(model: Model): SpecProblem | undefined {
  if (!NAME.test(model.name) || model.name.length > MAX_NAME) {
    return {
      path: 'metadata.name',
      message: `also names Services and labels: use at most ${MAX_NAME} lower-case letters, digits and dashes, starting with a letter. Create the model again under such a name`,
    };
  }
  return undefined;
}

function checkSource(model: Model): SpecProblem | undefined {
  if (model.modelId.trim() === '' || model.modelId !== model.modelId.trim()) {
    return {
      path: 'spec.model.name',
      message:
        'is blank or has spaces around it: clients send it as the model of a request',
    };
  }
  if (model.source === 'oci' && !model.weightsImage?.trim()) {
    return {
      path: 'spec.model.image',
      message:
        'is required for source oci: name the image that carries the weights under /models',
    };
  }
  if (
    model.source === 'huggingface' &&
    model.preload &&
    !REPOSITORY.test(model.modelId)
  ) {
    return {
      path: 'spec.model.name',
      message:
        'is not the id of a Hugging Face repository, such as mistralai/Devstral-Small-2505',
    };
  }
  return undefined;
}

function checkStorage(model: Model): SpecProblem | undefined {
  const { size, type } = model.storage;
  if (model.source === 'oci') {
    return undefined;
  }
  const bytes = size === undefined ? undefined : parseQuantity(size);
  if (size !== undefined && bytes === undefined) {
    return {
      path: 'spec.model.storage.size',
      message: `"${size}" is not a quantity: write a number with a unit such as 80Gi or 500G`,
    };
  }
  if (type === 'pvc' && !bytes) {
    return {
      path: 'spec.model.storage.size',
      message:
        'is required and must be above zero for storage on a claim: set it to at least the size of the weights',
    };
  }
  return undefined;
}

function checkShape(model: Model): SpecProblem | undefined {
  const { serving, gpus, storage } = model;
  const wanted = serving.tensorParallelism * serving.dataParallelism;
  if (gpus.count < 0) {
    return {
      path: 'spec.resources.gpu.count',
      message: 'is negative: set it to 0 or more',
    };
  }
  if (serving.replicas < 0) {
    return {
      path: 'spec.serving.replicas',
      message: 'is negative: set it to 0 or more',
    };
  }
  if (serving.tensorParallelism < 1 || serving.dataParallelism < 1) {
    return {
      path: 'spec.serving',
      message: 'tensorParallelism and dataParallelism must be at least 1',
    };
  }
  if (gpus.count > 0 ? wanted > gpus.count : wanted > 1 && !serving.image) {
    return {
      path: 'spec.serving.tensorParallelism',
      message: `tensorParallelism × dataParallelism is ${wanted} but spec.resources.gpu.count is ${gpus.count}: raise the count or lower the parallelism`,
    };
  }
  const pinned = 'kubernetes.io/hostname' in model.pods.nodeSelector;
  const shared =
    storage.accessMode === 'ReadWriteMany' ||
    storage.type === 'emptyDir' ||
    model.source === 'oci';
  if (serving.replicas > 1 && !shared && !pinned) {
    return {
      path: 'spec.serving.replicas',
      message:
        'is above 1 on a ReadWriteOnce claim, which one node only can mount: set spec.model.storage.accessMode: ReadWriteMany with a class that supports it, use storage.type: emptyDir, or keep 1 replica',
    };
  }
  return undefined;
}

function checkResources(model: Model): SpecProblem | undefined {
  for (const [name, text] of Object.entries(model.requests)) {
    const request = parseQuantity(text);
    const limitText = model.limits[name];
    const limit =
      limitText === undefined ? undefined : parseQuantity(limitText);
    if (request !== undefined && limit !== undefined && request > limit) {
      return {
        path: `spec.resources.requests.${name}`,
        message: `${text} is more than the limit of ${limitText}: lower the request or raise the limit`,
      };
    }
  }
  return undefined;
}

function checkArgs(model: Model): SpecProblem | undefined {
  const lists: [string, string[]][] = [
    ['spec.serving.vllmArgs', model.serving.vllmArgs],
    ['spec.advanced.vllm.extraArgs', model.pods.extraArgs],
  ];
  for (const [path, args] of lists) {
    const flag = args.find(arg => OWN_FLAG.test(arg));
    if (flag !== undefined) {
      return {
        path,
        message: `${
          flag.split('=')[0]
        } belongs to the operator: remove it; the name is spec.model.name`,
      };
    }
  }
  return undefined;
}

/** The server would ask for this key, also of the probes, and the gateway has none: the model would never be Ready. */
function checkEnvironment(model: Model): SpecProblem | undefined {
  return model.pods.extraEnv.some(({ name }) => name === 'VLLM_API_KEY')
    ? {
        path: 'spec.advanced.vllm.extraEnv',
        message:
          'VLLM_API_KEY makes the server ask for a key that neither its probes nor the gateway have: remove it; who may call is spec.access',
      }
    : undefined;
}

function checkAccess(model: Model): SpecProblem | undefined {
  if (model.access.groups.some(group => group.replace(/[\s/]/g, '') === '')) {
    return {
      path: 'spec.access.groups',
      message: 'has a blank group: remove it',
    };
  }
  if (!model.access.public && model.access.groups.length === 0) {
    return {
      path: 'spec.access',
      message:
        'lets nobody call the model: set public: true or list at least one group',
    };
  }
  return undefined;
}
