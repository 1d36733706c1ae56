import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/**
 * Sessions, codes and tokens of the provider, in memory. It outlives a provider object, so that a change of keys (which needs a new one)
 * signs nobody out.
 */
export class MemoryStore {
  private readonly entries = new Map<
    string,
    { payload: AdapterPayload; expiresAtMs: number }
  >();
  private readonly nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.nowMs = nowMs;
  }

  /** Storage for one of the provider's models (`Session`, `AccessToken` …). */
  readonly adapter: AdapterFactory = (model: string): Adapter => {
    const key = (id: string) => `${model}:${id}`;
    return {
      upsert: async (id, payload, expiresInS) => {
        this.dropExpired();
        const expiresAtMs =
          expiresInS === undefined
            ? Infinity
            : this.nowMs() + expiresInS * 1000;
        this.entries.set(key(id), { payload, expiresAtMs });
      },
      find: async id => this.read(key(id)),
      findByUid: async uid =>
        this.search(model, payload => payload.uid === uid),
      findByUserCode: async userCode =>
        this.search(model, payload => payload.userCode === userCode),
      consume: async id => {
        const entry = this.entries.get(key(id));
        if (entry) {
          entry.payload = {
            ...entry.payload,
            consumed: Math.floor(this.nowMs() / 1000),
          };
        }
      },
      destroy: async id => {
        this.entries.delete(key(id));
      },
      revokeByGrantId: async grantId => {
        for (const [name, entry] of this.entries) {
          if (entry.payload.grantId === grantId) {
            this.entries.delete(name);
          }
        }
      },
    };
  };

  private read(name: string): AdapterPayload | undefined {
    const entry = this.entries.get(name);
    return entry && entry.expiresAtMs > this.nowMs()
      ? entry.payload
      : undefined;
  }

  private search(
    model: string,
    wanted: (payload: AdapterPayload) => boolean,
  ): AdapterPayload | undefined {
    for (const [name, entry] of this.entries) {
      if (
        name.startsWith(`${model}:`) &&
        wanted(entry.payload) &&
        entry.expiresAtMs > this.nowMs()
      ) {
        return entry.payload;
      }
    }
    return undefined;
  }

  private dropExpired(): void {
    for (const [name, entry] of this.entries) {
      if (entry.expiresAtMs <= this.nowMs()) {
        this.entries.delete(name);
      }
    }
  }
}
