/** One line of a container's log. */
export interface LogLine {
  /** ISO 8601, UTC. */
  time: string;
  text: string;
}

/** What `kubectl logs` may ask for. */
export interface LogOptions {
  /** A container of the pod; the API server chooses when the client does not. */
  container: string;
  /** Of the container before its last restart. */
  previous?: boolean;
  /** Last lines only. */
  tailLines?: number;
  /** Lines since this time, ISO 8601. */
  sinceTime?: string;
}

/** The log of a container as far as the kubelet kept it. */
export interface ContainerLog {
  lines: LogLine[];
  /**
   * Calls `onLine` for each line from now on and `onEnd` when the container has ended. Returns a function that ends it.
   * Absent when the container does not run any more.
   */
  follow?(onLine: (line: LogLine) => void, onEnd: () => void): () => void;
}

/** Where the API server gets `pods/log` from. */
export interface PodLogs {
  /**
   * @throws ApiFailure NotFound without the pod, BadRequest when the container has not started or has no previous run,
   *   InternalError when the node is gone, with the messages of a real kubelet.
   */
  read(namespace: string, pod: string, options: LogOptions): ContainerLog;
}
