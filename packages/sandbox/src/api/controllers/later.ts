/** Runs work after the present write was answered, once for a name however often it is asked for before. */
export class Later {
  readonly #names = new Set<string>();
  readonly #work: (name: string) => void;
  readonly #onError: (error: unknown) => void;
  #stopped = false;

  constructor(work: (name: string) => void, onError: (error: unknown) => void) {
    this.#work = work;
    this.#onError = onError;
  }

  add(name: string): void {
    if (this.#names.size === 0) setImmediate(() => this.#run());
    this.#names.add(name);
  }

  stop(): void {
    this.#stopped = true;
  }

  #run(): void {
    const names = [...this.#names];
    this.#names.clear();
    for (const name of names) {
      if (this.#stopped) return;
      try {
        this.#work(name);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
