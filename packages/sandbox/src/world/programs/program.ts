import { VolumeContent } from '../storage/volumeStore';

/** A container of a pod, as far as programs and the kubelet read it. */
export interface ContainerSpec {
  name: string;
  image: string;
  imagePullPolicy?: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: EnvSource }[];
  envFrom?: EnvFrom[];
  ports?: { name?: string; containerPort: number }[];
  volumeMounts?: {
    name: string;
    mountPath: string;
    subPath?: string;
    readOnly?: boolean;
  }[];
  resources?: {
    requests?: Record<string, string>;
    limits?: Record<string, string>;
  };
  startupProbe?: Probe;
  readinessProbe?: Probe;
  restartPolicy?: string;
}

/** A probe: the sandbox reads when it starts, and what it asks for the message of a failure. */
export interface Probe {
  initialDelaySeconds?: number;
  periodSeconds?: number;
  failureThreshold?: number;
  httpGet?: { path?: string; port: number | string };
}

/** `env[].valueFrom`. */
export interface EnvSource {
  secretKeyRef?: { name: string; key: string; optional?: boolean };
  configMapKeyRef?: { name: string; key: string; optional?: boolean };
  fieldRef?: { fieldPath: string };
}

/** `envFrom[]`. */
export interface EnvFrom {
  prefix?: string;
  secretRef?: { name: string; optional?: boolean };
  configMapRef?: { name: string; optional?: boolean };
}

/** What a simulated program can see and do. Everything it has started ends with its container. */
export interface ProgramContext {
  namespace: string;
  pod: string;
  podIp: string;
  container: ContainerSpec;
  /** Resolved, with references to other variables replaced. */
  env: Readonly<Record<string, string>>;
  /** Command and arguments, with `$(VAR)` replaced. */
  argv: readonly string[];
  /** GPUs that the container was given. */
  gpus: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Writes a line to the container's log. */
  log(line: string): void;
  /** Runs `task` after `ms`, scaled as all delays; at once when that is nothing. */
  after(ms: number, task: () => void): void;
  /** From now on the probes succeed. A program that never says so answers from its start if it has no probe, else never. */
  ready(): void;
  /** Ends the container. `message` is its termination message. */
  exit(code: number, message?: string): void;
  /** The volume and the path on it that a path of the container leads to. */
  locate(path: string): { volume: VolumeContent; path: string } | undefined;
}

/** What runs in a container. Returns what is to be done when it is stopped. */
export type Program = (context: ProgramContext) => ProgramHandle | void;

/** A running program, seen from the kubelet. */
export interface ProgramHandle {
  /** Called once when the container ends, whatever the reason. */
  stop?(): void;
  /** Exit code after SIGTERM; 0 if not given. */
  terminatedExitCode?: number;
}

/** The value of `--flag value` or `--flag=value` in a command line; the last one counts. */
export function flagValue(
  argv: readonly string[],
  flag: string,
): string | undefined {
  let value: string | undefined;
  for (const [index, argument] of argv.entries()) {
    if (argument === flag) value = argv[index + 1];
    else if (argument.startsWith(`${flag}=`))
      value = argument.slice(flag.length + 1);
  }
  return value;
}

/** All values after `--flag` up to the next flag, as argparse's `nargs='+'` takes them. */
export function flagValues(argv: readonly string[], flag: string): string[] {
  const start = argv.indexOf(flag);
  if (start < 0) {
    const value = flagValue(argv, flag);
    return value === undefined ? [] : [value];
  }
  const rest = argv.slice(start + 1);
  const end = rest.findIndex(argument => argument.startsWith('--'));
  return end < 0 ? rest : rest.slice(0, end);
}
