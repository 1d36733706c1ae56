/** One line of a container's log. */
export interface LogLine {
  /** ISO 8601, UTC. */
  time: string;
  text: string;
}

/** What `kubectl logs` may ask for. */
export interface LogOptions {
  /** Needed when the pod has more than one container. */
  container?: string;
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
   * @throws ApiFailure BadRequest when the container does not exist, was not named where there are several, or has not
   *   started, with the messages of a real API server and kubelet.
   */
  read(namespace: string, pod: string, options: LogOptions): ContainerLog;
}
