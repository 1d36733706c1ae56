/** Which node has which volume, for volumes that only one node at a time may have. */
export class Attachments {
  readonly #byClaim = new Map<string, { node: string; pods: Set<string> }>();

  /** Attaches a claim's volume for a pod. False when another node has it. */
  attach(claimUid: string, node: string, podUid: string): boolean {
    const held = this.#byClaim.get(claimUid);
    if (!held) {
      this.#byClaim.set(claimUid, { node, pods: new Set([podUid]) });
      return true;
    }
    if (held.node !== node) return false;
    held.pods.add(podUid);
    return true;
  }

  /** Gives back what a pod held. True when a volume became free. */
  detach(claimUids: readonly string[], podUid: string): boolean {
    let freed = false;
    for (const claimUid of claimUids) {
      const held = this.#byClaim.get(claimUid);
      if (!held?.pods.delete(podUid) || held.pods.size > 0) continue;
      this.#byClaim.delete(claimUid);
      freed = true;
    }
    return freed;
  }
}
