import { Clock, keyString, KubeObject, ObjectKey } from '@slipway/controller';

/** More models than this that wait for their turn are a burst. */
const BURST = 64;
/** A model is told its first status at the latest this long after its objects were made. */
const LONGEST_REST_MS = 10_000;

/** What a pass over a model is for: making the objects of a new one and no more, nothing yet, or everything. */
export type Turn = 'objects' | 'none' | 'all';

interface Rest {
  uid: string | undefined;
  generation: number | undefined;
  untilMs: number;
}

/**
 * When many models come at once, the objects of all of them come before what only says something about some: a cluster that is restored serves
 * again the sooner. Knows whose turn it is.
 */
export class Burst {
  /** Models whose objects were made a moment ago, by namespace and name. */
  private readonly resting = new Map<string, Rest>();
  private making = 0;

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /**
   * What to do for a model now.
   *
   * @param isNew - nothing has been made for it
   * @param waiting - how many models wait for their turn
   */
  turnOf(object: KubeObject, isNew: boolean, waiting: number): Turn {
    const key = keyString(object.metadata);
    const rest = this.resting.get(key);
    if (rest === undefined) {
      return isNew && waiting > BURST ? 'objects' : 'all';
    }
    const { uid, generation } = object.metadata;
    const isSame = rest.uid === uid && rest.generation === generation;
    if (isSame && this.making > 0 && this.clock.monotonicMs() < rest.untilMs) {
      return 'none';
    }
    this.resting.delete(key);
    return 'all';
  }

  /** Runs what makes the objects of a new model. */
  async make<T>(work: () => Promise<T>): Promise<T> {
    this.making += 1;
    try {
      return await work();
    } finally {
      this.making -= 1;
    }
  }

  /** The objects of a model are made; the rest may wait as long as those of others are being made. */
  letRest({ metadata }: KubeObject): void {
    const { uid, generation } = metadata;
    const untilMs = this.clock.monotonicMs() + LONGEST_REST_MS;
    this.resting.set(keyString(metadata), { uid, generation, untilMs });
  }

  /** The model is gone. */
  forget(key: ObjectKey): void {
    this.resting.delete(keyString(key));
  }
}
