/** How long things take in the sandbox. Milliseconds, before `scale`. */
export interface WorldDelays {
  /** Everything below is multiplied by it; 0 makes all of it immediate. Times that a user sets in a spec are not scaled unless said so. */
  scale: number;
  /** From a pending pod to its node. */
  schedulingMs: number;
  /** Making a volume. */
  provisioningMs: number;
  /** Volumes mounted and the pod's network up. */
  podSetupMs: number;
  /** Pulling an image that the node does not have. */
  imagePullMs: number;
  /** From SIGTERM to the end of a container. */
  terminationMs: number;
  /** From the start of vLLM to its first answer. */
  modelStartMs: number;
  /** Copying the weights out of an OCI image. */
  modelCopyMs: number;
  /** First and longest pause between restarts of a crashing container: 10 s, doubled up to 5 min. */
  crashBackOffMs: { first: number; longest: number };
  /** First and longest pause between pulls of an image that can't be pulled: 10 s, doubled up to 5 min. */
  imageBackOffMs: { first: number; longest: number };
  /** First and longest pause between the pods of a failing Job: 10 s, doubled up to 10 min. */
  jobBackOffMs: { first: number; longest: number };
  /** Until a node that says nothing is taken for unreachable. */
  nodeMonitorGraceMs: number;
  /** Scales `tolerationSeconds` of pods on a node that is gone too: 300 s are long to look at. */
  evictionScale: number;
  /** Least pause of what repeats for ever, whatever the scale: a crashing pod must not keep the process busy. */
  repeatFloorMs: number;
}

/** Delays that a person can watch: a small model is Ready in well under a minute. */
export const defaultDelays: WorldDelays = {
  scale: 1,
  schedulingMs: 100,
  provisioningMs: 1_000,
  podSetupMs: 500,
  imagePullMs: 2_000,
  terminationMs: 500,
  modelStartMs: 12_000,
  modelCopyMs: 4_000,
  crashBackOffMs: { first: 10_000, longest: 300_000 },
  imageBackOffMs: { first: 10_000, longest: 300_000 },
  jobBackOffMs: { first: 10_000, longest: 600_000 },
  nodeMonitorGraceMs: 5_000,
  evictionScale: 0.1,
  repeatFloorMs: 250,
};

/** `defaultDelays` with some of them changed. */
export function withDefaults(delays: Partial<WorldDelays> = {}): WorldDelays {
  return { ...defaultDelays, ...delays };
}

/** A delay as it is in this world. */
export function scaled(delays: WorldDelays, ms: number): number {
  return Math.round(ms * delays.scale);
}

/** The pause before repetition `count` (0 for the first): doubled each time up to the longest, never under the floor. */
export function backOffMs(
  delays: WorldDelays,
  range: { first: number; longest: number },
  count: number,
): number {
  const ms = Math.min(range.first * 2 ** count, range.longest);
  return Math.max(
    scaled(delays, ms),
    Math.min(delays.repeatFloorMs * 2 ** Math.min(count, 4), ms),
  );
}
