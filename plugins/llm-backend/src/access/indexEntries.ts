import { createHash } from 'node:crypto';
import type { KnownMember } from './decisions/membership';
import { Block, Grant, KeyModel, Subject } from './types';
import type { StoredKey } from './database/rows';

/** A key as the authorizers know it. */
export interface KeyEntry {
  kind: 'key';
  id: string;
  /** SHA-256 of the key, in hex. */
  hash: string;
  tenant: string;
  owner: string;
  service?: string;
  models: KeyModel[];
  expiresAt: string;
}

/** A grant as the authorizers know it. */
export interface GrantEntry {
  kind: 'grant';
  id: string;
  tenant: string;
  model: string;
  subject: Subject;
  expiresAt: string;
}

/** A member of tenants, as the authorizers know her; who has none of these has left, and is refused. */
export interface MemberEntry {
  kind: 'member';
  /** Entity ref. */
  id: string;
  /** Her groups as identity tokens name them, sorted. */
  groups: string[];
}

/** The kill switch: this user, tenant, model or key is refused, whatever else is true. */
export interface BlockEntry {
  kind: 'block';
  id: string;
  target: 'user' | 'tenant' | 'model' | 'key';
  /** Entity ref, tenant, `<namespace>/<name>` or id of the key. */
  ref: string;
}

/** What the index of an authorizer holds: only what is active. What runs out does so by its own clock. */
export type IndexEntry = KeyEntry | GrantEntry | MemberEntry | BlockEntry;

/** What an active key is in the index, or nothing when it has ended. */
export function keyEntry(
  key: Pick<
    StoredKey,
    | 'id'
    | 'hash'
    | 'tenant'
    | 'owner'
    | 'service'
    | 'models'
    | 'expiresAt'
    | 'state'
  >,
): KeyEntry | undefined {
  if (key.state !== 'active') {
    return undefined;
  }
  return {
    kind: 'key',
    id: key.id,
    hash: key.hash,
    tenant: key.tenant,
    owner: key.owner,
    service: key.service,
    models: [...key.models]
      .sort((a, b) => (a.model < b.model ? -1 : 1))
      .map(({ model, grantId }) => ({ model, grantId })),
    expiresAt: key.expiresAt,
  };
}

/** What an active grant is in the index, or nothing when it has ended. */
export function grantEntry(
  grant: Pick<
    Grant,
    'id' | 'tenant' | 'model' | 'subject' | 'expiresAt' | 'state'
  >,
): GrantEntry | undefined {
  if (grant.state !== 'active') {
    return undefined;
  }
  return {
    kind: 'grant',
    id: grant.id,
    tenant: grant.tenant,
    model: grant.model,
    subject: { kind: grant.subject.kind, ref: grant.subject.ref },
    expiresAt: grant.expiresAt,
  };
}

/** What somebody is in the index, or nothing when she is not to be let in. */
export function memberEntry(
  member: Pick<KnownMember, 'userEntityRef' | 'groups' | 'state'>,
): MemberEntry | undefined {
  const { userEntityRef: id, groups, state } = member;
  return state === 'member' ? { kind: 'member', id, groups } : undefined;
}

/** What a block is in the index. */
export function blockEntry({ id, target, ref }: Block): BlockEntry {
  return { kind: 'block', id, target, ref };
}

/**
 * A digest of an index: the XOR of the hashes of its entries. It does not depend on the order, and an entry that comes, goes
 * or changes is one step, so that an authorizer keeps its own up to date for next to nothing. It finds errors, not forgers.
 */
export class IndexDigest {
  readonly #sum = Buffer.alloc(32);
  #entries = 0;

  /** How many entries there are. */
  get entries(): number {
    return this.#entries;
  }

  add(entry: IndexEntry): void {
    this.#mix(entry);
    this.#entries++;
  }

  remove(entry: IndexEntry): void {
    this.#mix(entry);
    this.#entries--;
  }

  /** The digest in hex. */
  toString(): string {
    return this.#sum.toString('hex');
  }

  #mix(entry: IndexEntry): void {
    const hash = createHash('sha256').update(JSON.stringify(entry)).digest();
    for (let index = 0; index < hash.length; index++) {
      // XOR is what this is about.
      // eslint-disable-next-line no-bitwise
      this.#sum[index] ^= hash[index];
    }
  }
}
