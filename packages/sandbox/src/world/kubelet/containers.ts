import { StoredObject } from '../../types';
import { backOffMs, scaled } from '../delays';
import { keyOf } from '../kinds';
import { ContainerSpec, ProgramContext } from '../programs/program';
import { programOf } from '../programs/programs';
import { quantity } from '../quantities';
import { ContainerRun } from './containerRun';
import { environmentOf, expand } from './environment';
import { ensureImage, ensureImageVolumes, fieldPathOf } from './imagePull';
import { LogBuffer } from './logBuffer';
import { locate } from './mounts';
import { KubeletServices } from './services';

/** A container that ran as long as this starts afresh with its pauses (`MaxContainerBackOff` twice). */
const STABLE_MS = 600_000;
const GPU = 'nvidia.com/gpu';

/** What has become of a container that was looked at. */
export type Outcome = 'pending' | 'running' | 'succeeded' | 'failed';

/** Brings one container as far as it can get now. */
export function advanceContainer(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
  podIp: string,
): Outcome {
  if (run.state.is === 'terminated') {
    const { exitCode } = run.state.end;
    if (!restarts(pod, run, exitCode))
      return exitCode === 0 ? 'succeeded' : 'failed';
    run.lastEnd = run.state.end;
    run.state = { is: 'waiting', reason: 'CrashLoopBackOff' };
  }
  if (run.state.is === 'waiting') {
    if (backsOff(services, pod, run)) return 'pending';
    if (!ensureImage(services, pod, run)) return 'pending';
    if (!ensureImageVolumes(services, pod, run)) return 'pending';
    start(services, pod, run, podIp);
  }
  return probed(services, pod, run);
}

/** Ends a container from outside, as SIGTERM does. */
export function stopContainer(
  services: KubeletServices,
  run: ContainerRun,
): void {
  if (run.state.is === 'running') {
    finish(services, run, run.handle?.terminatedExitCode ?? 0);
  }
}

function restarts(
  pod: StoredObject,
  { role }: ContainerRun,
  exitCode: number,
): boolean {
  const policy: string = pod.spec.restartPolicy ?? 'Always';
  if (role === 'sidecar') return true;
  if (role === 'init') return exitCode !== 0 && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** The first restart comes at once, the next ones after growing pauses (`kuberuntime_manager.go` doBackOff). */
function backsOff(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
): boolean {
  if (run.restartDueMs === undefined) return false;
  const { clock, delays, events } = services.world;
  const leftMs = run.restartDueMs - clock.now();
  if (leftMs <= 0) {
    run.restartDueMs = undefined;
    run.restartCount += 1;
    return false;
  }
  services.wake(keyOf(pod), leftMs);
  const { metadata } = pod;
  const podName = `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
  const pauseMs = Math.min(
    delays.crashBackOffMs.first * 2 ** Math.max(0, run.crashes - 2),
    delays.crashBackOffMs.longest,
  );
  const text = `back-off ${duration(pauseMs)} restarting failed container=${
    run.spec.name
  } pod=${podName}`;
  if (run.state.is === 'waiting' && run.state.message === text) return true;
  run.state = { is: 'waiting', reason: 'CrashLoopBackOff', message: text };
  const source = { component: 'kubelet', host: pod.spec.nodeName };
  const message = `Back-off restarting failed container ${run.spec.name} in pod ${podName}`;
  events.warning(source, pod, 'BackOff', message, fieldPathOf(run));
  return true;
}

/** Go's way to write 10 s, 1 min 20 s, 5 min. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60
    ? `${seconds}s`
    : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function start(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
  podIp: string,
): void {
  const { cluster, clock, events, random } = services.world;
  const source = { component: 'kubelet', host: pod.spec.nodeName };
  const environment = environmentOf(cluster, pod, run.spec, podIp);
  if ('problem' in environment) {
    const { problem } = environment;
    services.wakeOnConfig(pod);
    if (run.state.is === 'waiting' && run.state.message === problem) return;
    run.state = {
      is: 'waiting',
      reason: 'CreateContainerConfigError',
      message: problem,
    };
    events.warning(
      source,
      pod,
      'Failed',
      `Error: ${problem}`,
      fieldPathOf(run),
    );
    return;
  }
  run.previousLog = run.log;
  run.log = new LogBuffer();
  run.containerId = `containerd://${random.hex(64)}`;
  run.state = { is: 'running', startedAtMs: clock.now() };
  run.probeReported = false;
  events.normal(source, pod, 'Created', 'Container created', fieldPathOf(run));
  events.normal(source, pod, 'Started', 'Container started', fieldPathOf(run));
  const context = programContext(services, pod, run, podIp, environment.env);
  const handle = programOf(services.programs, run.spec)(context) ?? undefined;
  if (stillRuns(run)) run.handle = handle;
  else handle?.stop?.();
}

/** Its own function because a program may have ended the container that was just started. */
function stillRuns(run: ContainerRun): boolean {
  return run.state.is === 'running';
}

function programContext(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
  podIp: string,
  env: Record<string, string>,
): ProgramContext {
  const { cluster, clock, delays } = services.world;
  const { spec } = run;
  const { containerId } = run;
  const key = keyOf(pod);
  const current = () =>
    run.containerId === containerId && run.state.is === 'running';
  return {
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    podIp,
    container: spec,
    env,
    argv: argvOf(spec, env),
    gpus: quantity(spec.resources?.limits?.[GPU]),
    now: () => clock.now(),
    log: line => run.log?.append(clock.now(), line),
    after(ms, task) {
      const delayMs = scaled(delays, ms);
      if (!current()) return;
      if (delayMs === 0) {
        task();
        return;
      }
      const cancel = clock.after(delayMs, () => {
        run.timers.delete(cancel);
        task();
      });
      run.timers.add(cancel);
    },
    ready() {
      if (!current()) return;
      run.answers = true;
      services.wake(key);
    },
    exit(code, message) {
      if (!current()) return;
      finish(services, run, code, message);
      services.wake(key);
    },
    locate: path => locate(cluster, services.store, pod, spec, path),
  };
}

function argvOf(
  { command = [], args = [] }: ContainerSpec,
  env: Record<string, string>,
): string[] {
  return [...command, ...args].map(argument => expand(argument, env));
}

function finish(
  services: KubeletServices,
  run: ContainerRun,
  exitCode: number,
  message?: string,
): void {
  if (run.state.is !== 'running') return;
  const { clock, delays } = services.world;
  const nowMs = clock.now();
  const { startedAtMs } = run.state;
  run.crashes = nowMs - startedAtMs > STABLE_MS ? 1 : run.crashes + 1;
  run.restartDueMs =
    run.crashes === 1
      ? nowMs
      : nowMs + backOffMs(delays, delays.crashBackOffMs, run.crashes - 2);
  run.state = {
    is: 'terminated',
    end: {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      ...(message !== undefined && { message }),
      startedAtMs,
      finishedAtMs: nowMs,
      containerId: run.containerId ?? '',
    },
  };
  run.stopProgram();
}

/** Probes are not run in a circle: they succeed as soon as the program answers, but not before their initial delay. */
function probed(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
): Outcome {
  if (run.state.is !== 'running') return 'pending';
  const { startupProbe, readinessProbe } = run.spec;
  if (!startupProbe && !readinessProbe) {
    run.started = true;
    run.ready = true;
    return 'running';
  }
  const { clock, delays } = services.world;
  const probe = startupProbe ?? readinessProbe;
  const firstMs =
    run.state.startedAtMs +
    scaled(delays, (probe?.initialDelaySeconds ?? 0) * 1000);
  run.started = run.started || !startupProbe;
  if (clock.now() < firstMs) {
    services.wake(keyOf(pod), firstMs - clock.now());
  } else if (run.answers) {
    run.started = true;
    run.ready = true;
  } else if (!run.probeReported) {
    reportProbe(services, pod, run, firstMs);
  }
  return 'running';
}

/** The first failing probe is told; the later ones would only raise its count. */
function reportProbe(
  services: KubeletServices,
  pod: StoredObject,
  run: ContainerRun,
  firstMs: number,
): void {
  const { clock, delays, events } = services.world;
  const { startupProbe, readinessProbe, ports = [] } = run.spec;
  const probe = startupProbe ?? readinessProbe;
  const dueMs = firstMs + scaled(delays, (probe?.periodSeconds ?? 10) * 1000);
  if (clock.now() < dueMs) {
    services.wake(keyOf(pod), dueMs - clock.now());
    return;
  }
  run.probeReported = true;
  if (!probe?.httpGet) return;
  const { path = '/', port } = probe.httpGet;
  const number =
    typeof port === 'number'
      ? port
      : ports.find(({ name }) => name === port)?.containerPort;
  const address = `${pod.status?.podIP ?? ''}:${number}`;
  const what = startupProbe ? 'Startup' : 'Readiness';
  const message = `${what} probe failed: Get "http://${address}${path}": dial tcp ${address}: connect: connection refused`;
  const source = { component: 'kubelet', host: pod.spec.nodeName };
  events.warning(source, pod, 'Unhealthy', message, fieldPathOf(run));
}
