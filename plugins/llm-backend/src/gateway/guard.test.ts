import { KubeObject } from '@slipway/controller';
import { examplePlatform } from '../models/__testUtils__/examples';
import { envoyAIGateway as flavour } from './envoy-ai-gateway';
import { ENDPOINTS } from './flavour';
import { GuardPart, isClosed, isInForce, judgeGuard, mayWrite } from './guard';

const platform = examplePlatform({
  authorizer: { namespace: 'slipway', name: 'slipway-authorizer', port: 9002 },
});
const wanted = {
  listener: flavour.renderListenerPolicy(platform, 'external'),
  stripping: flavour.renderHeaderStripping(platform, 'external'),
};
const PARTS: GuardPart[] = ['listener', 'stripping'];

/** A policy as the gateway has accepted it, in its third generation. */
function accepted(policy: KubeObject, more = {}, status = 'True'): KubeObject {
  const condition = {
    type: 'Accepted',
    status,
    reason: 'Accepted',
    observedGeneration: 3,
    ...more,
  };
  return {
    ...policy,
    metadata: { ...policy.metadata, uid: 'u', generation: 3 },
    status: { ancestors: [{ conditions: [condition] }] },
  };
}

/** A part with another value at a path of its spec; without it if `value` is absent. */
function changed(part: GuardPart, path: string, value?: unknown): KubeObject {
  const { apiVersion, kind, metadata, spec } = wanted[part];
  const copy = structuredClone(Object(spec));
  const fields = path.split('.');
  const last = fields.pop()!;
  let at = copy;
  for (const field of fields) {
    at = at[field];
  }
  at[last] = value;
  return accepted({
    apiVersion,
    kind,
    metadata,
    spec: JSON.parse(JSON.stringify(copy)),
  });
}

const guardOf = (
  live: Partial<Record<GuardPart, KubeObject>>,
  gatewayJudgesToo = false,
) => judgeGuard({ flavour, wanted, live, gatewayJudgesToo });

/** Whether a part closes by itself: there is nothing of the other. */
const closesAlone = (part: GuardPart, live: KubeObject) =>
  isClosed(guardOf({ [part]: live }));

const prefix = (value: string) => ({ type: 'Prefix', value });
const REMOVED = 'headers.earlyRequestHeaders.removeOnMatch';

describe('what keeps routes closed', () => {
  it('is each part that the gateway has accepted word for word, and then routes may be made', () => {
    const listener = accepted(wanted.listener);
    const stripping = accepted(wanted.stripping);
    expect(
      PARTS.map(part => closesAlone(part, accepted(wanted[part]))),
    ).toEqual([true, true]);
    expect(isInForce(guardOf({ listener, stripping }))).toBe(true);
  });

  it.each<[GuardPart, string, unknown]>([
    ['listener', 'extAuth.headersToExtAuth', ['authorization']],
    ['listener', 'extAuth.timeout', '1s'],
    ['listener', 'extAuth.statusOnError', 500],
    ['stripping', 'connection.bufferLimit', '16Mi'],
    ['stripping', 'tls', { minVersion: '1.3' }],
    [
      'stripping',
      REMOVED,
      [prefix('x-old-'), prefix('x-ai-eg-'), prefix('x-slipway-')],
    ],
  ])(
    'is a %s of another version whose %s differs, but no route is made by it',
    (part, path, value) => {
      const live = changed(part, path, value);
      expect(closesAlone(part, live)).toBe(true);
      const both = {
        listener: accepted(wanted.listener),
        stripping: accepted(wanted.stripping),
        [part]: live,
      };
      // What is more than we want is none of our business.
      expect(isInForce(guardOf(both))).toBe(path === 'tls');
    },
  );

  it.each<[GuardPart, string, unknown]>([
    ['listener', 'extAuth', undefined],
    ['listener', 'extAuth.failOpen', true],
    ['listener', 'extAuth.failOpen', undefined],
    ['listener', 'extAuth.grpc', undefined],
    ['listener', 'extAuth.grpc.backendRefs', [{ name: 'mine', port: 1 }]],
    ['listener', 'extAuth.bodyToExtAuth', undefined],
    ['listener', 'authorization', undefined],
    ['listener', 'authorization.defaultAction', 'Allow'],
    ['listener', 'authorization.rules', [{ action: 'Allow' }]],
    ['listener', 'targetRefs', undefined],
    ['listener', 'targetRefs', [{ kind: 'Gateway', name: 'another' }]],
    ['stripping', 'headers', undefined],
    ['stripping', REMOVED, undefined],
    ['stripping', REMOVED, []],
    ['stripping', REMOVED, [prefix('x-ai-eg-')]],
    [
      'stripping',
      REMOVED,
      [prefix('x-ai-eg-'), { type: 'Exact', value: 'x-slipway-' }],
    ],
    ['stripping', 'targetRefs', [{ kind: 'Gateway', name: 'another' }]],
  ])('is no %s whose %s is %j', (part, path, value) => {
    expect(closesAlone(part, changed(part, path, value))).toBe(false);
  });

  it.each(PARTS)(
    'is no %s that the gateway refuses, has not judged as it is now, or that goes: neither ours nor one of another version',
    part => {
      const other =
        part === 'listener'
          ? changed(part, 'extAuth.timeout', '1s')
          : changed(part, 'connection.bufferLimit', '16Mi');
      for (const policy of [wanted[part], other]) {
        const { metadata } = accepted(policy);
        const deletionTimestamp = '2026-11-20T12:00:00Z';
        for (const live of [
          accepted(policy, { observedGeneration: 2 }),
          accepted(policy, {}, 'False'),
          { ...accepted(policy), status: undefined },
          {
            ...accepted(policy),
            metadata: { ...metadata, deletionTimestamp },
          },
        ]) {
          expect(closesAlone(part, live)).toBe(false);
        }
      }
    },
  );

  it('is no listener alone where the gateway judges some routes itself: nobody is asked there', () => {
    const listener = accepted(wanted.listener);
    const stripping = accepted(wanted.stripping);
    expect(isClosed(guardOf({ listener }, true))).toBe(false);
    expect(isClosed(guardOf({ stripping }, true))).toBe(true);
  });

  it('is never one for the other: kinds, endpoints and the rules without an authorizer are told apart', () => {
    const native = examplePlatform();
    for (const endpoint of ENDPOINTS) {
      const strict = flavour.renderListenerPolicy(platform, endpoint);
      const plain = flavour.renderListenerPolicy(native, endpoint);
      expect(flavour.closesLike(accepted(strict), strict)).toBe(true);
      expect(flavour.closesLike(accepted(plain), strict)).toBe(false);
      expect(flavour.closesLike(accepted(plain), plain)).toBe(false);
      const stripping = flavour.renderHeaderStripping(platform, endpoint);
      expect(flavour.closesLike(accepted(strict), stripping)).toBe(false);
      expect(flavour.closesLike(accepted(stripping), strict)).toBe(false);
    }
    const elsewhere = {
      ...platform,
      external: { ...platform.external, listener: 'another' },
    };
    for (const part of [
      'renderListenerPolicy',
      'renderHeaderStripping',
    ] as const) {
      const here = flavour[part](platform, 'external');
      const there = flavour[part](elsewhere, 'external');
      expect(flavour.closesLike(accepted(there), here)).toBe(false);
    }
  });
});

describe('the parts of a guard', () => {
  const old = {
    listener: changed('listener', 'extAuth.timeout', '1s'),
    stripping: changed('stripping', 'connection.bufferLimit', '16Mi'),
  };
  const written = (part: GuardPart) =>
    accepted(wanted[part], { observedGeneration: 2 });

  it('are written one after the other when both are of another version, and stay closed all the while', () => {
    const live = { ...old };
    expect(PARTS.map(part => mayWrite(guardOf(live), part))).toEqual([
      true,
      true,
    ]);
    live.stripping = written('stripping');
    expect(mayWrite(guardOf(live), 'listener')).toBe(false);
    expect(isClosed(guardOf(live))).toBe(true);
    live.stripping = accepted(wanted.stripping);
    expect(mayWrite(guardOf(live), 'listener')).toBe(true);
    live.listener = written('listener');
    expect(mayWrite(guardOf(live), 'stripping')).toBe(false);
    expect(isClosed(guardOf(live))).toBe(true);
  });

  it('are repaired at once where they close nothing, whatever the other is like', () => {
    const broken = {
      listener: changed('listener', 'authorization.defaultAction', 'Allow'),
      stripping: changed('stripping', REMOVED, []),
    };
    for (const part of PARTS) {
      const other = part === 'listener' ? 'stripping' : 'listener';
      for (const beside of [
        undefined,
        broken[other],
        old[other],
        written(other),
        accepted(wanted[other]),
      ]) {
        for (const live of [undefined, broken[part]]) {
          const guard = guardOf({ [part]: live, [other]: beside });
          expect(mayWrite(guard, part)).toBe(true);
        }
      }
    }
  });
});
