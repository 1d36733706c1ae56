/** Runs work after the present write was answered, once however often it is asked for before. */
export class Later {
  readonly #names = new Set<string>();
  readonly #work: (name: string) => void;
  #stopped = false;

  constructor(work: (name: string) => void) {
    this.#work = work;
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
    if (!this.#stopped) names.forEach(this.#work);
  }
}
