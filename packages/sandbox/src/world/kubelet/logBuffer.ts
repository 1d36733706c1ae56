import { ContainerLog, LogLine, LogOptions } from '../podLogs';

/** Lines that are kept of one container. */
const MAX_LINES = 2_000;

/** The log of one run of a container: the last lines, and who follows them. */
export class LogBuffer {
  #lines: LogLine[] = [];
  #ended = false;
  readonly #followers = new Set<{
    onLine: (line: LogLine) => void;
    onEnd: () => void;
  }>();

  append(timeMs: number, text: string): void {
    const line = { time: new Date(timeMs).toISOString(), text };
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES * 1.1)
      this.#lines = this.#lines.slice(-MAX_LINES);
    for (const { onLine } of this.#followers) onLine(line);
  }

  end(): void {
    this.#ended = true;
    for (const { onEnd } of this.#followers) onEnd();
    this.#followers.clear();
  }

  read({ tailLines, sinceTime }: Omit<LogOptions, 'container'>): ContainerLog {
    let lines = sinceTime
      ? this.#lines.filter(({ time }) => time >= sinceTime)
      : [...this.#lines];
    if (tailLines !== undefined)
      lines = tailLines > 0 ? lines.slice(-tailLines) : [];
    if (this.#ended) return { lines };
    return {
      lines,
      follow: (onLine, onEnd) => {
        const follower = { onLine, onEnd };
        this.#followers.add(follower);
        return () => this.#followers.delete(follower);
      },
    };
  }
}
