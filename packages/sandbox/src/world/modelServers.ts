/** A model server that runs in a pod of the sandbox. The gateway side answers requests in its name. */
export interface ModelServer {
  namespace: string;
  pod: string;
  podIp: string;
  port: number;
  /** What `--served-model-name` says; the first is the one that answers carry. */
  servedModelNames: readonly string[];
  /** From `--max-model-len`, when it was given. */
  maxModelLen?: number;
  /** Whether it answers. A server that still loads its weights refuses connections. */
  ready: boolean;
  /** Writes a line to the container's log, as the server does for each request. */
  log(line: string): void;
}

/** The model servers that run now, by pod address. */
export interface ModelServerRegistry {
  get(podIp: string): ModelServer | undefined;
  list(): ModelServer[];
  /** Calls `listener` after a server came, changed its readiness or went. Returns a function that ends it. */
  subscribe(listener: (server: ModelServer) => void): () => void;
}

/** The registry with the half that only the kubelet uses. */
export class ModelServers implements ModelServerRegistry {
  readonly #byIp = new Map<string, ModelServer>();
  readonly #unreachable = new Set<string>();
  readonly #listeners = new Set<(server: ModelServer) => void>();

  get(podIp: string): ModelServer | undefined {
    const server = this.#byIp.get(podIp);
    return server && this.#asSeen(server);
  }

  list(): ModelServer[] {
    return [...this.#byIp.values()].map(server => this.#asSeen(server));
  }

  subscribe(listener: (server: ModelServer) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds a server, or replaces the one at its address. */
  set(server: ModelServer): void {
    this.#byIp.set(server.podIp, server);
    this.#tell(server);
  }

  /** Forgets the server at this address, if there is one. */
  remove(podIp: string): void {
    const server = this.#byIp.get(podIp);
    if (!server) return;
    this.#byIp.delete(podIp);
    this.#unreachable.delete(podIp);
    this.#tell({ ...server, ready: false });
  }

  /** Says whether the address can be reached; it can't when its node is gone. */
  setReachable(podIp: string, reachable: boolean): void {
    if (reachable) this.#unreachable.delete(podIp);
    else this.#unreachable.add(podIp);
    const server = this.#byIp.get(podIp);
    if (server) this.#tell(server);
  }

  #asSeen(server: ModelServer): ModelServer {
    return this.#unreachable.has(server.podIp)
      ? { ...server, ready: false }
      : server;
  }

  #tell(server: ModelServer): void {
    const seen = this.#asSeen(server);
    for (const listener of this.#listeners) listener(seen);
  }
}
