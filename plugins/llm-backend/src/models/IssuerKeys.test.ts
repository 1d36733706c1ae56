import { silentLogger } from '@slipway/controller';
import { FakeClock } from '@slipway/controller/testing';
import { IssuerKeys } from './IssuerKeys';

const ISSUER = 'https://id.example.com';

function follow(answer: () => string | Error) {
  const clock = new FakeClock();
  let asked = 0;
  const keys = new IssuerKeys({
    issuer: ISSUER,
    clock,
    logger: silentLogger,
    fetchDiscovery: async () => {
      asked += 1;
      const given = answer();
      if (given instanceof Error) {
        throw given;
      }
      return { issuer: ISSUER, jwks_uri: given };
    },
  });
  const changes: unknown[] = [];
  keys.onChange(() => changes.push(keys.jwksUri ?? keys.problem));
  return { clock, keys, changes, asked: () => asked };
}

describe("an issuer's keys", () => {
  it('are followed when the issuer moves them, and kept while it is away', async () => {
    let answer: string | Error = 'https://id.example.com/auth/keys';
    const { clock, keys, changes } = follow(() => answer);
    keys.start();
    await clock.advance(3_600_000);
    answer = new Error('away');
    await clock.advance(3_600_000);
    expect(keys.jwksUri).toBe('https://id.example.com/auth/keys');
    expect(keys.problem).toBeUndefined();
    expect(changes).toEqual(['https://id.example.com/auth/keys']);

    answer = 'https://id.example.com/keys';
    await clock.advance(600_000);
    expect(keys.jwksUri).toBe('https://id.example.com/keys');
    expect(changes).toHaveLength(2);
    keys.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('are asked for until the issuer answers, and then now and then', async () => {
    let answer: string | Error = new Error('not up yet');
    const { clock, keys, changes, asked } = follow(() => answer);
    keys.start();
    await clock.advance(300_000);
    expect(keys.problem).toBe('not up yet');
    answer = 'https://id.example.com/keys';
    await clock.advance(60_000);
    expect(changes).toEqual(['not up yet', 'https://id.example.com/keys']);
    const before = asked();
    await clock.advance(3_600_000);
    expect(asked() - before).toBe(6);
    keys.stop();
  });
});
