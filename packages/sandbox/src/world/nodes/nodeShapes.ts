/** A machine of the sandbox, or several alike. */
export interface NodeShape {
  /** With `count` above 1 it gets `-1`, `-2` … */
  name: string;
  count?: number;
  cpu: number;
  memory: string;
  /** Most pods; kubelet's default is 110. */
  pods?: number;
  gpus?: { count: number; product: string; memoryMiB: number };
  labels?: Record<string, string>;
}

/** The machines of the design: two with 8 × H100, one with 4 × L40S, one without a GPU. */
export const defaultNodes: readonly NodeShape[] = [
  {
    name: 'gpu-a',
    count: 2,
    cpu: 192,
    memory: '2Ti',
    gpus: { count: 8, product: 'NVIDIA-H100-80GB-HBM3', memoryMiB: 81559 },
  },
  {
    name: 'gpu-b-1',
    cpu: 96,
    memory: '768Gi',
    gpus: { count: 4, product: 'NVIDIA-L40S', memoryMiB: 46068 },
  },
  { name: 'cpu-1', cpu: 64, memory: '256Gi' },
];

/** The taint that keeps pods without a GPU off the expensive machines. */
export const gpuTaint = { key: 'nvidia.com/gpu', effect: 'NoSchedule' };

/** Version that kubelets report, the same as the API server's transcripts. */
export const KUBELET_VERSION = 'v1.36.2';

/** Node objects of a shape, without status conditions. Labels of GPUs as the GPU operator's feature discovery writes them. */
export function nodesOf(shape: NodeShape): {
  name: string;
  object: Record<string, unknown>;
  status: Record<string, unknown>;
}[] {
  const { count = 1 } = shape;
  return Array.from({ length: count }, (_, index) => {
    const name = count === 1 ? shape.name : `${shape.name}-${index + 1}`;
    return {
      name,
      object: nodeObject(shape, name),
      status: nodeStatus(shape, name),
    };
  });
}

function nodeObject(
  { gpus, labels }: NodeShape,
  name: string,
): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': gpus
          ? `sandbox.${gpus.count}gpu`
          : 'sandbox.cpu',
        'topology.kubernetes.io/region': 'sandbox',
        'topology.kubernetes.io/zone': 'sandbox-a',
        ...(gpus && {
          'nvidia.com/gpu.count': String(gpus.count),
          'nvidia.com/gpu.memory': String(gpus.memoryMiB),
          'nvidia.com/gpu.present': 'true',
          'nvidia.com/gpu.product': gpus.product,
        }),
        ...labels,
      },
    },
    spec: { ...(gpus && { taints: [gpuTaint] }) },
  };
}

function nodeStatus(
  { cpu, memory, pods = 110, gpus }: NodeShape,
  name: string,
): Record<string, unknown> {
  const room = {
    cpu: String(cpu),
    'ephemeral-storage': '2Ti',
    memory,
    ...(gpus && { 'nvidia.com/gpu': String(gpus.count) }),
    pods: String(pods),
  };
  return {
    capacity: room,
    allocatable: room,
    addresses: [{ type: 'Hostname', address: name }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'containerd://2.2.0',
      kernelVersion: '6.12.0',
      kubeProxyVersion: '',
      kubeletVersion: KUBELET_VERSION,
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'Slipway sandbox',
      systemUUID: '',
    },
  };
}
