import type { GrantEntry } from '../../access/indexEntries';
import type { Names } from './Names';

/** A grant as it is looked at in a check. */
export interface IndexedGrant {
  id: string;
  tenant: string;
  /** `<namespace>/<name>`. */
  model: string;
  kind: GrantEntry['subject']['kind'];
  /** Entity ref of a user, name of a group or of a service. */
  ref: string;
  /** Milliseconds since 1970. */
  expiresMs: number;
}

interface Stored extends IndexedGrant {
  /** As it came. */
  expiresAt: string;
  /** 32 bytes as Latin-1 text. */
  digest: string;
}

/** Models that can be told apart in {@link GrantTable}. */
const MAX_MODELS = 2 ** 21;

/**
 * The grants, by id and by whom they are for. Keys name grants by a number, which a grant has also while it is not there: a key may come
 * before its grant, and outlive it.
 */
export class GrantTable {
  readonly #numbers = new Map<string, number>();
  readonly #ids: string[] = [''];
  readonly #stored: (Stored | undefined)[] = [undefined];
  /** How many keys name it. */
  readonly #uses: number[] = [0];
  readonly #free: number[] = [];
  /** Number of subject × {@link MAX_MODELS} + number of model → grants, nearly always one. */
  readonly #bySubject = new Map<number, number | number[]>();
  #size = 0;

  constructor(
    private readonly models: Names,
    private readonly subjects: Names,
  ) {}

  /** How many grants there are. */
  get size(): number {
    return this.#size;
  }

  /** Names a grant from a key; its number, which holds until {@link unuse}. */
  use(id: string): number {
    const number = this.#number(id);
    this.#uses[number]++;
    return number;
  }

  /** Takes {@link use} back. */
  unuse(number: number): void {
    this.#uses[number]--;
    this.#forget(number);
  }

  /** Puts a grant in; the digest of the one that was there under its id, if there was one. */
  put(entry: GrantEntry, digest: string): string | undefined {
    const replaced = this.remove(entry.id);
    const number = this.#number(entry.id);
    this.#stored[number] = {
      id: entry.id,
      tenant: entry.tenant,
      model: entry.model,
      kind: entry.subject.kind,
      ref: entry.subject.ref,
      expiresMs: Date.parse(entry.expiresAt),
      expiresAt: entry.expiresAt,
      digest,
    };
    this.#size++;
    const place = this.#placeOf(this.#stored[number]);
    const present = this.#bySubject.get(place);
    this.#bySubject.set(
      place,
      present === undefined ? number : [present, number].flat(),
    );
    return replaced;
  }

  /** Takes a grant out; its digest, or undefined when it was not there. */
  remove(id: string): string | undefined {
    const number = this.#numbers.get(id);
    const stored = number === undefined ? undefined : this.#stored[number];
    if (number === undefined || !stored) {
      return undefined;
    }
    const place = this.#placeOf(stored);
    const others = [this.#bySubject.get(place) ?? []]
      .flat()
      .filter(other => other !== number);
    if (others.length === 0) {
      this.#bySubject.delete(place);
    } else {
      this.#bySubject.set(place, others.length === 1 ? others[0] : others);
    }
    this.#stored[number] = undefined;
    this.#size--;
    this.#forget(number);
    return stored.digest;
  }

  /** The grant with a number, if it is there. */
  get(number: number): IndexedGrant | undefined {
    return this.#stored[number];
  }

  /** The id of a grant that a key names. */
  id(number: number): string {
    return this.#ids[number];
  }

  /** Grants for a subject of a tenant on a model. */
  of(
    kind: IndexedGrant['kind'],
    ref: string,
    tenant: string,
    model: string,
  ): IndexedGrant[] {
    const subject = this.subjects.find(subjectOf(kind, ref, tenant));
    const modelNumber = this.models.find(model);
    if (subject === 0 || modelNumber === 0) {
      return [];
    }
    const numbers = this.#bySubject.get(subject * MAX_MODELS + modelNumber);
    return numbers === undefined
      ? []
      : [numbers].flat().flatMap(number => this.#stored[number] ?? []);
  }

  /** All grants as they came, with their digests. */
  *entries(): Generator<[entry: GrantEntry, digest: string]> {
    for (const stored of this.#stored) {
      if (stored) {
        const { id, tenant, model, kind, ref, expiresAt, digest } = stored;
        const subject = { kind, ref };
        yield [
          { kind: 'grant', id, tenant, model, subject, expiresAt },
          digest,
        ];
      }
    }
  }

  #number(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) {
      return known;
    }
    const number = this.#free.pop() ?? this.#ids.length;
    this.#ids[number] = id;
    this.#stored[number] = undefined;
    this.#uses[number] = 0;
    this.#numbers.set(id, number);
    return number;
  }

  #forget(number: number): void {
    if (this.#uses[number] === 0 && this.#stored[number] === undefined) {
      this.#numbers.delete(this.#ids[number]);
      this.#ids[number] = '';
      this.#free.push(number);
    }
  }

  #placeOf({ kind, ref, tenant, model }: IndexedGrant): number {
    const modelNumber = this.models.add(model);
    if (modelNumber >= MAX_MODELS) {
      throw new RangeError(`Grants can't tell ${MAX_MODELS} models apart.`);
    }
    const subject = this.subjects.add(subjectOf(kind, ref, tenant));
    return subject * MAX_MODELS + modelNumber;
  }
}

/** No part holds a line break. */
function subjectOf(kind: string, ref: string, tenant: string): string {
  return `${kind}\n${ref}\n${tenant}`;
}
