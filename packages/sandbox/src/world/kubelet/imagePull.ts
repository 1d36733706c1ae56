import { StoredObject } from '../../types';
import { backOffMs, scaled } from '../delays';
import { ContainerRun } from './containerRun';
import { mountedImages } from './mounts';
import { KubeletServices } from './services';

/** How long `ErrImagePull` is shown before `ImagePullBackOff`. */
const SHOW_ERROR_MS = 1_000;
const IMAGE_BYTES = 412_316_860;

/**
 * Brings a container's image to the node. True when it is there; else the container's state says what it waits for and the pod is woken
 * when there is something to do. Reasons and texts: `pkg/kubelet/images/image_manager.go` and `pkg/kubelet/events`.
 */
export function ensureImage(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
): boolean {
  if (run.imageReady) return true;
  const { image, imagePullPolicy } = run.spec;
  const { images } = services;
  const node: string = pod.spec.nodeName;
  const problem = images.nameProblemOf(image);
  if (problem) {
    refuseName(services, pod, run, problem);
    return false;
  }
  if (
    images.has(node, image) &&
    imagePullPolicy !== 'Always' &&
    run.pullDueMs === undefined
  ) {
    say(
      services,
      pod,
      run,
      'Pulled',
      `Container image "${image}" already present on machine and can be accessed by the pod`,
    );
    run.imageReady = true;
    return true;
  }
  return pull(services, pod, run);
}

function pull(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
): boolean {
  const { images, world } = services;
  const { clock, delays } = world;
  const nowMs = clock.now();
  const { image } = run.spec;
  const node: string = pod.spec.nodeName;
  if (run.pullDueMs === undefined) {
    say(services, pod, run, 'Pulling', `Pulling image "${image}"`);
    run.pullDueMs =
      nowMs +
      (images.has(node, image) ? 0 : scaled(delays, delays.imagePullMs));
  }
  if (run.pullDueMs > nowMs) {
    showBackOff(services, pod, run);
    services.wake(keyOf(pod), run.pullDueMs - nowMs);
    return false;
  }
  if (run.pullProblem !== undefined) {
    // The pause after a failed attempt is over: try again.
    run.pullProblem = undefined;
    run.pullDueMs = undefined;
    return pull(services, pod, run);
  }
  const problem = images.problemOf(image);
  if (problem) {
    fail(services, pod, run, problem);
    return false;
  }
  images.add(node, image);
  run.imageReady = true;
  run.pullDueMs = undefined;
  run.failedPulls = 0;
  const took = `${(delays.imagePullMs * delays.scale) / 1000}s`;
  const text = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${IMAGE_BYTES} bytes.`;
  say(services, pod, run, 'Pulled', text);
  return true;
}

function fail(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
  problem: string,
): void {
  const { clock, delays } = services.world;
  const { image } = run.spec;
  warn(services, pod, run, `Failed to pull image "${image}": ${problem}`);
  warn(services, pod, run, 'Error: ErrImagePull');
  run.state = { is: 'waiting', reason: 'ErrImagePull', message: problem };
  run.pullProblem = problem;
  run.pullDueMs =
    clock.now() + backOffMs(delays, delays.imageBackOffMs, run.failedPulls);
  run.failedPulls += 1;
  run.showPullErrorUntilMs = clock.now() + scaled(delays, SHOW_ERROR_MS);
  services.wake(keyOf(pod), scaled(delays, SHOW_ERROR_MS));
}

/**
 * Whether the images that a container mounts as volumes can be pulled; else its state says which can not. They are looked at again after
 * the first pause between pulls.
 */
export function ensureImageVolumes(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
): boolean {
  const { delays } = services.world;
  for (const image of mountedImages(pod, run.spec)) {
    const problem = services.images.problemOf(image);
    if (!problem) continue;
    services.wake(keyOf(pod), backOffMs(delays, delays.imageBackOffMs, 0));
    if (run.state.is === 'waiting' && run.state.message === problem)
      return false;
    run.state = { is: 'waiting', reason: 'ErrImagePull', message: problem };
    warn(services, pod, run, `Failed to pull image "${image}": ${problem}`);
    return false;
  }
  return true;
}

/** Between two attempts: first the error, then that the kubelet waits. */
function showBackOff(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
): void {
  const { image } = run.spec;
  const { state, pullProblem } = run;
  if (pullProblem === undefined) return;
  if (state.is === 'waiting' && state.reason === 'ImagePullBackOff') return;
  const leftMs = run.showPullErrorUntilMs - services.world.clock.now();
  if (leftMs > 0) {
    services.wake(keyOf(pod), leftMs);
    return;
  }
  say(services, pod, run, 'BackOff', `Back-off pulling image "${image}"`);
  warn(services, pod, run, 'Error: ImagePullBackOff');
  run.state = {
    is: 'waiting',
    reason: 'ImagePullBackOff',
    message: `Back-off pulling image "${image}": ErrImagePull: ${pullProblem}`,
  };
}

function refuseName(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
  problem: string,
): void {
  if (run.state.is === 'waiting' && run.state.reason === 'InvalidImageName')
    return;
  run.state = { is: 'waiting', reason: 'InvalidImageName', message: problem };
  const source = { component: 'kubelet', host: pod.spec.nodeName };
  services.world.events.warning(
    source,
    pod,
    'InspectFailed',
    problem,
    fieldPathOf(run),
  );
  warn(services, pod, run, 'Error: InvalidImageName');
}

function say(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
  reason: string,
  message: string,
): void {
  const source = { component: 'kubelet', host: pod.spec.nodeName };
  services.world.events.normal(source, pod, reason, message, fieldPathOf(run));
}

function warn(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
  message: string,
): void {
  const source = { component: 'kubelet', host: pod.spec.nodeName };
  services.world.events.warning(
    source,
    pod,
    'Failed',
    message,
    fieldPathOf(run),
  );
}

/** How events name a container of a pod. */
export function fieldPathOf({ role, spec }: ContainerRun): string {
  return role === 'main'
    ? `spec.containers{${spec.name}}`
    : `spec.initContainers{${spec.name}}`;
}

function keyOf(pod: StoredObject): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}
