import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Advice, say } from './say.mjs';

const STOP_GRACE_MS = 8_000;

/** Long-running processes that are started together and stopped together. */
export class Children {
  #running = new Map();
  #stopping = false;
  #failed;
  #fail;

  #logs;

  /** @param logs - folder for what the processes print */
  constructor(logs) {
    this.#logs = logs;
    this.#failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Whoever waits hears of it; nobody need wait.
    this.#failed.catch(() => {});
  }

  /** Rejects when a process ends that nobody stopped. */
  get failed() {
    return this.#failed;
  }

  /** Starts a process; its output goes to `<name>.log` in the folder of logs. Answers the child, with stdout to listen to. */
  start(name, command, args, options) {
    mkdirSync(this.#logs, { recursive: true });
    const logFile = path.join(this.#logs, `${name}.log`);
    const log = createWriteStream(logFile);
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C reaches this process only, which then stops the others in order.
      detached: true,
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const ended = new Promise(resolve => child.once('close', resolve));
    this.#running.set(name, { child, ended });
    ended.then(code => {
      this.#running.delete(name);
      log.end();
      if (!this.#stopping) {
        this.#fail(
          new Advice(
            `${name} ended by itself (${
              child.signalCode ?? `exit code ${code}`
            }). Its last lines:\n${lastLines(
              logFile,
            )}\nAll of it: ${path.relative(process.cwd(), logFile)}`,
          ),
        );
      }
    });
    return child;
  }

  /** Stops everything that was started, the last first. */
  async stop() {
    this.#stopping = true;
    for (const [name, { child, ended }] of [...this.#running].reverse()) {
      signalGroup(child, 'SIGTERM');
      const timer = setTimeout(() => {
        say(`${name} does not end by itself; ending it.`);
        signalGroup(child, 'SIGKILL');
      }, STOP_GRACE_MS);
      await ended;
      clearTimeout(timer);
    }
  }
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Gone already.
  }
}

function lastLines(file, count = 20) {
  try {
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-count)
      .map(line => `  ${line}`)
      .join('\n');
  } catch {
    return '';
  }
}

/** Resolves with the first line of a stream that is a JSON object. */
export function firstJsonLine(stream) {
  return new Promise(resolve => {
    let buffered = '';
    stream.on('data', chunk => {
      buffered += chunk;
      const lines = buffered.split('\n');
      buffered = lines.pop();
      for (const line of lines) {
        if (line.startsWith('{')) {
          try {
            resolve(JSON.parse(line));
            return;
          } catch {
            // Not the line that we wait for.
          }
        }
      }
    });
  });
}

/**
 * Resolves once a URL answers with a status below 400.
 *
 * @throws Advice when it does not within `withinMs`
 */
export async function untilAnswers(url, { everyMs = 250, withinMs }) {
  const deadline = Date.now() + withinMs;
  let last = 'nothing';
  while (Date.now() < deadline) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
      await response.arrayBuffer();
      if (response.status < 400) {
        return;
      }
      last = `status ${response.status}`;
    } catch (error) {
      last = error.cause?.message ?? error.message;
    }
    await new Promise(resolve => setTimeout(resolve, everyMs));
  }
  throw new Advice(
    `${url} does not answer as it should after ${withinMs / 1000} s (${last}).`,
  );
}
