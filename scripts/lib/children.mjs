import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { endGroup, startGroup } from './processGroup.mjs';
import { Advice } from './say.mjs';

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

  /**
   * Starts a process; its output goes to `<name>.log` in the folder of logs. Answers the child, with stdout to listen to.
   *
   * @throws Error once they are being stopped: what came later would be left behind
   */
  start(name, command, args, options) {
    if (this.#stopping) {
      throw new Error(`${name} is not started, because all is being stopped.`);
    }
    mkdirSync(this.#logs, { recursive: true });
    const logFile = path.join(this.#logs, `${name}.log`);
    const log = createWriteStream(logFile);
    const group = startGroup(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    group.child.stdout.pipe(log, { end: false });
    group.child.stderr.pipe(log, { end: false });
    this.#running.set(name, group);
    this.#watch(name, group.ended, log);
    return group.child;
  }

  /** Stops everything that was started, the last first. */
  async stop() {
    this.#stopping = true;
    for (const [name, group] of [...this.#running].reverse()) {
      await endGroup(name, group);
    }
  }

  async #watch(name, ended, log) {
    const how = await ended.then(
      status => (typeof status === 'number' ? `exit code ${status}` : status),
      error => error.message,
    );
    this.#running.delete(name);
    await finished(log.end());
    if (!this.#stopping) {
      this.#fail(
        new Advice(
          `${name} ended by itself (${how}). Its last lines:\n${lastLines(
            log.path,
          )}\nAll of it: ${path.relative(process.cwd(), log.path)}`,
        ),
      );
    }
  }
}

function lastLines(file, count = 20) {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map(line => `  ${line}`)
    .join('\n');
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
