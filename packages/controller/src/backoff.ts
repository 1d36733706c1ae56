/** Growing, jittered waits between attempts of one thing. */
export class Backoff {
  private attempts = 0;

  /**
   * @param baseMs - the first wait, before jitter
   * @param maxMs - the longest wait
   * @param random - 0 ≤ x < 1
   */
  constructor(
    private readonly baseMs: number,
    private readonly maxMs: number,
    private readonly random: () => number,
  ) {}

  /** The next wait in ms: between half and all of a value that doubles each time. */
  next(): number {
    const ceilingMs = Math.min(this.baseMs * 2 ** this.attempts, this.maxMs);
    this.attempts += 1;
    return ceilingMs * (0.5 + 0.5 * this.random());
  }

  /** It went well: the next wait is the first one again. */
  reset(): void {
    this.attempts = 0;
  }
}
