import { ClusterApi } from '../types';
import { Clock, systemClock } from './clock';
import { WorldContext } from './context';
import { WorldDelays, withDefaults } from './delays';
import { EventLevel, EventRecorder } from './events';
import { Images } from './kubelet/images';
import { Kubelet } from './kubelet/kubelet';
import { Loop } from './loop';
import { ModelServers } from './modelServers';
import { defaultNodes, NodeShape } from './nodes/nodeShapes';
import { NodeController } from './nodes/nodes';
import { PodGarbageCollector } from './nodes/podGarbage';
import { HuggingFace } from './programs/huggingFace';
import { knownPrograms } from './programs/programs';
import { Random } from './random';
import { Scheduler } from './scheduling/scheduler';
import { ClaimController } from './storage/claims';
import { VolumeStore } from './storage/volumeStore';
import { DeploymentController } from './workloads/deployments';
import { JobController } from './workloads/jobs';
import { ReplicaSetController } from './workloads/replicaSets';

/** How a world is made. */
export interface WorldOptions {
  cluster: ClusterApi;
  clock?: Clock;
  delays?: Partial<WorldDelays>;
  /** Default: the machines of the design. */
  nodes?: readonly NodeShape[];
  /** Seed of generated names. */
  seed?: number;
  /** `warnings` leaves out events that only say that all is well. */
  events?: EventLevel;
  /** Told of errors that a controller did not expect; it tries again. */
  onError?: (where: string, error: unknown) => void;
}

/** Everything behind the API server: controllers, scheduler, nodes with their kubelets, and what the pods run. */
export interface World {
  /** Where its controllers take turns. */
  loop: Loop;
  delays: WorldDelays;
  nodes: NodeController;
  kubelet: Kubelet;
  images: Images;
  hub: HuggingFace;
  modelServers: ModelServers;
  /** Ends all timers. The cluster's objects stay as they are. */
  stop(): void;
}

/** Starts the world on a cluster. Its StorageClasses are the caller's. */
export function startWorld(options: WorldOptions): World {
  const { cluster, clock = systemClock, seed = 1, events = 'all' } = options;
  const delays = withDefaults(options.delays);
  const random = new Random(seed);
  const loop = new Loop(clock, options.onError);
  const world: WorldContext = {
    cluster,
    clock,
    loop,
    delays,
    random,
    events: new EventRecorder(cluster, clock, events),
  };
  const store = new VolumeStore();
  const images = new Images();
  const hub = new HuggingFace();
  const modelServers = new ModelServers();
  const nodes = new NodeController(world);
  nodes.create(options.nodes ?? defaultNodes);
  const programs = knownPrograms(hub, modelServers, delays);
  const controllers = [
    new ClaimController(world, store),
    new DeploymentController(world),
    new ReplicaSetController(world),
    new JobController(world),
    new Scheduler(world),
    new PodGarbageCollector(world),
  ];
  for (const controller of controllers) controller.start();
  const kubelet = new Kubelet(world, {
    nodes,
    images,
    programs,
    servers: modelServers,
    store,
  });
  return {
    loop,
    delays,
    nodes,
    kubelet,
    images,
    hub,
    modelServers,
    stop() {
      loop.stop();
      kubelet.stop();
    },
  };
}
