import path from 'node:path';
import { parseArgs } from 'node:util';

/** How the benchmark is run. */
export interface BenchFlags {
  models: number;
  quietSeconds: number;
  changes: number;
  /** A cluster that is prepared for models; the sandbox is started if absent. */
  kubeconfig?: string;
  /** Where CPU profiles go; none are made if absent. */
  profileDir?: string;
}

/** @throws Error naming the flag that can't be read */
export function readFlags(args: string[]): BenchFlags {
  const { values } = parseArgs({
    args,
    options: {
      models: { type: 'string', default: '1000' },
      'quiet-seconds': { type: 'string', default: '60' },
      changes: { type: 'string', default: '100' },
      kubeconfig: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  return {
    models: positive('models', values.models),
    quietSeconds: positive('quiet-seconds', values['quiet-seconds']),
    changes: positive('changes', values.changes),
    kubeconfig: values.kubeconfig && path.resolve(values.kubeconfig),
    profileDir: values.profile && path.resolve(values.profile),
  };
}

/**
 * Reads a whole number above 0.
 *
 * @throws Error naming the flag
 */
export function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`--${flag} ${text}: must be a whole number above 0`);
  }
  return value;
}
