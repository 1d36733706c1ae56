/** What a volume belongs to: a claim, or a pod's own directory. */
export interface VolumeOwner {
  kind: 'claim' | 'emptyDir' | 'image';
  /** Unique: the claim's uid, or the pod's uid and the volume's name. */
  uid: string;
  /** `namespace/name` of the claim or pod, for messages. */
  key: string;
}

/** A directory of model weights on a volume. */
export interface Weights {
  bytes: number;
  /** Nothing is missing. */
  complete: boolean;
  modelId: string;
}

/** What simulated programs have written to one volume. Paths are relative to its root, without slashes at the ends. */
export class VolumeContent {
  readonly owner: VolumeOwner;
  /** Bytes that fit. */
  capacity: number;
  readonly weights = new Map<string, Weights>();
  /** Small files with their text, e.g. completion markers. */
  readonly files = new Map<string, string>();

  constructor(owner: VolumeOwner, capacity: number) {
    this.owner = owner;
    this.capacity = capacity;
  }

  /** Bytes that are taken by weights. */
  get used(): number {
    let bytes = 0;
    for (const weights of this.weights.values()) bytes += weights.bytes;
    return bytes;
  }
}

/** The content of all volumes of the sandbox, as far as programs care for it. */
export class VolumeStore {
  readonly #volumes = new Map<string, VolumeContent>();

  /** The volume, made when it is new. A claim that has grown has more room. */
  open(owner: VolumeOwner, capacity: number): VolumeContent {
    const known = this.#volumes.get(owner.uid);
    if (known) {
      known.capacity = capacity;
      return known;
    }
    const volume = new VolumeContent(owner, capacity);
    this.#volumes.set(owner.uid, volume);
    return volume;
  }

  forget(uid: string): void {
    this.#volumes.delete(uid);
  }
}
