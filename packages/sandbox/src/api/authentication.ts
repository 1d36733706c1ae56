import {
  createHmac,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto';
import { ApiFailure, StoredObject } from '../types';
import { isObject, objectAt, stringAt } from './json';
import { Store } from './store';

/** Who asks. */
export interface User {
  name: string;
  uid?: string;
  groups: readonly string[];
}

/** A fixed bearer token and who it stands for. */
export interface StaticToken {
  token: string;
  user: string;
  groups: readonly string[];
}

/** Who a request without a token is. */
export const ANONYMOUS: User = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
};

/** 401, the same for every reason. */
export const unauthorized = (): ApiFailure =>
  new ApiFailure(401, 'Unauthorized', 'Unauthorized');

/** Tokens that the cluster takes: fixed ones, and those it signs for service accounts (they end with their account). */
export class Authenticator {
  readonly #static = new Map<string, User>();
  readonly #key = randomBytes(32);
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, tokens: readonly StaticToken[], now: () => number) {
    this.#store = store;
    this.#now = now;
    for (const { token, user, groups } of tokens) {
      this.#static.set(token, {
        name: user,
        uid: randomUUID(),
        groups: [...groups, 'system:authenticated'],
      });
    }
  }

  /**
   * Who the value of an `Authorization` header stands for.
   * @throws ApiFailure 401 when there is a token and it is not valid.
   */
  authenticate(header: string | undefined): User {
    if (!header) return ANONYMOUS;
    const match = /^bearer\s+(\S+)\s*$/i.exec(header);
    if (!match) return ANONYMOUS;
    const user = this.userOf(match[1]);
    if (!user) throw unauthorized();
    return user;
  }

  /** Who a bearer token stands for, or undefined when it is not valid. */
  userOf(token: string): User | undefined {
    return this.#static.get(token) ?? this.#serviceAccountOf(token);
  }

  /** Signs a token for a service account. Times are seconds since 1970. */
  issue(
    account: StoredObject,
    audiences: readonly string[],
    expires: number,
  ): string {
    const { namespace, name, uid } = account.metadata;
    const encode = (part: object) =>
      Buffer.from(JSON.stringify(part)).toString('base64url');
    const issued = Math.floor(this.#now() / 1000);
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
      aud: audiences,
      exp: expires,
      iat: issued,
      nbf: issued,
      iss: 'https://kubernetes.default.svc.cluster.local',
      jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: { name, uid } },
      sub: `system:serviceaccount:${namespace}:${name}`,
    })}`;
    return `${signed}.${this.#signature(signed).toString('base64url')}`;
  }

  #signature(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }

  #serviceAccountOf(token: string): User | undefined {
    const [header, payload, signature, more] = token.split('.');
    if (!header || !payload || !signature || more !== undefined)
      return undefined;
    const expected = this.#signature(`${header}.${payload}`);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return undefined;
    const claims: unknown = JSON.parse(
      Buffer.from(payload, 'base64url').toString('utf8'),
    );
    if (!isObject(claims) || Number(claims.exp) * 1000 < this.#now())
      return undefined;
    const bound = objectAt(claims, 'kubernetes.io');
    const namespace = stringAt(bound, 'namespace');
    const name = stringAt(bound, 'serviceaccount', 'name');
    const uid = stringAt(bound, 'serviceaccount', 'uid');
    if (!namespace || !name) return undefined;
    const account = this.#store.get(
      { group: '', plural: 'serviceaccounts' },
      namespace,
      name,
    );
    if (!account || account.metadata.uid !== uid) return undefined;
    return {
      name: `system:serviceaccount:${namespace}:${name}`,
      uid,
      groups: [
        'system:serviceaccounts',
        `system:serviceaccounts:${namespace}`,
        'system:authenticated',
      ],
    };
  }
}
