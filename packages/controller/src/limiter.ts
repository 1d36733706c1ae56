import { onAbort } from './onAbort';

/** Lets at most `limit` holders in at a time, first come first served. */
export class Limiter {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.free = limit;
  }

  /** Resolves when it is our turn; rejects with the signal's reason when that aborts first. */
  acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      let forget = () => {};
      const onTurn = () => {
        forget();
        resolve();
      };
      forget = onAbort(signal, () => {
        this.waiting.splice(this.waiting.indexOf(onTurn), 1);
        reject(signal?.reason);
      });
      this.waiting.push(onTurn);
    });
  }

  /** Gives the place to the next in line. */
  release(): void {
    const next = this.waiting.shift();
    if (next) {
      next();
    } else {
      this.free += 1;
    }
  }
}
