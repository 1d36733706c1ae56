import { constants } from 'node:os';
import { packageManagerHasGone } from './packageManager.mjs';
import { Advice, say } from './say.mjs';

/** What is sent twice within this time was asked once: package managers pass on what a terminal has already told everybody. */
const SAME_REQUEST_MS = 1_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Why a program ends before its work is done: it was told to. */
export class Stopped extends Advice {
  /** @param signal - the signal to pass on to what was started */
  constructor(signal, message) {
    super(message);
    this.signal = signal;
    /** As a shell has it for what a signal ended. */
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Listens for whoever wants this program to end: a signal, or the end of the package manager that started it. Asked a second time, the program
 * ends at once; what it has started then is killed by the handlers of its `exit`.
 *
 * @returns an AbortSignal; its reason is a {@link Stopped}
 */
export function listenForStop() {
  const controller = new AbortController();
  let firstAtMs;
  const stop = stopped => {
    firstAtMs ??= performance.now();
    controller.abort(stopped);
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (!controller.signal.aborted) {
        stop(new Stopped(signal, `Ended by ${signal}.`));
      } else if (performance.now() - firstAtMs >= SAME_REQUEST_MS) {
        say('Asked again: ending at once.');
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
  packageManagerHasGone(process.env).then(name =>
    stop(new Stopped('SIGTERM', `Ended, because ${name} did.`)),
  );
  return controller.signal;
}
