import type { Grant, Key } from '../types';
import { grantStanding, keyStanding } from './blocked';

const MARA = 'user:default/mara';
const now = new Date('2026-11-22T12:00:00.000Z');
const life = {
  createdAt: '2026-11-01T00:00:00.000Z',
  expiresAt: '2026-12-01T00:00:00.000Z',
};
const tenant = {
  name: 'portal',
  displayName: 'Portal',
  state: 'active' as const,
  owners: [],
  memberGroups: ['developers'],
};
const suspended = { ...tenant, state: 'suspended' as const };
const model = {
  ref: 'llm/llama',
  modelId: 'llama',
  owners: [],
  requestable: true,
  access: { public: false, groups: [] },
};
const key: Key = {
  ...life,
  id: 'key_1',
  display: 'sk-slw-0000',
  name: 'k',
  tenant: 'portal',
  owner: MARA,
  models: [{ model: 'llm/llama' }, { model: 'llm/bge' }],
  state: 'active',
};
const grant: Grant = {
  ...life,
  id: 'grant_1',
  tenant: 'portal',
  model: 'llm/llama',
  subject: { kind: 'user', ref: MARA },
  requestedBy: MARA,
  grantedBy: 'user:default/aiko',
  state: 'active',
};
/** Blocks as `<target> <ref>`. */
const blocking =
  (...blocks: string[]) =>
  (target: string, ref: string) =>
    blocks.includes(`${target} ${ref}`);
const everything = [
  'key key_1',
  `user ${MARA}`,
  'tenant portal',
  'model llm/llama',
  'model llm/bge',
];
const inWords = (standing: { state: string; because?: string }) =>
  [standing.state, standing.because].filter(Boolean).join(' ');

describe('what is blocked', () => {
  it('is told of a key in the order in which the authorizer looks', () => {
    const told = (blocks: string[], change: Partial<Key> = {}, of = {}) =>
      inWords(
        keyStanding(
          { ...key, ...change },
          { now, tenant, isBlocked: blocking(...blocks), ...of },
        ),
      );
    expect(told(everything, { state: 'ended' })).toBe('ended revoked');
    expect(told(everything)).toBe('blocked key-blocked');
    expect(told(everything.slice(1))).toBe('blocked user-blocked');
    const others = everything.slice(2);
    expect(told(others, {}, { tenant: undefined })).toBe(
      'dormant tenant-absent',
    );
    expect(told(others, {}, { tenant: suspended })).toBe(
      'blocked tenant-blocked',
    );
    expect(told(everything.slice(3), {}, { tenant: suspended })).toBe(
      'dormant tenant-suspended',
    );
    expect(told(everything.slice(3))).toBe('blocked model-blocked');
    // It still opens another model.
    expect(told(['model llm/llama'])).toBe('valid');
    expect(told(everything, { id: 'key_2', owner: 'user:default/nils' })).toBe(
      'blocked tenant-blocked',
    );
    expect(told([])).toBe('valid');
  });

  it('is told of a grant as far as it stops whom it is for', () => {
    const told = (
      subject: Grant['subject'],
      blocks: string[],
      caller = { userEntityRef: 'user:default/aiko', groups: ['platform'] },
      of = {},
    ) =>
      inWords(
        grantStanding(
          { ...grant, subject },
          { now, tenant, model, caller, isBlocked: blocking(...blocks), ...of },
        ),
      );
    const hers = { kind: 'user' as const, ref: MARA };
    const ofGroup = { kind: 'group' as const, ref: 'developers' };
    const ofService = { kind: 'service' as const, ref: 'bot' };
    const mara = { userEntityRef: MARA, groups: ['developers'] };
    const herBlock = [`user ${MARA}`];
    expect(told(hers, herBlock)).toBe('blocked user-blocked');
    // Others of the group call on: only her own calls are refused.
    expect(told(ofGroup, herBlock)).toBe('valid');
    expect(told(ofGroup, herBlock, mara)).toBe('blocked user-blocked');
    expect(told(ofService, herBlock, mara)).toBe('valid');
    expect(told(ofService, ['tenant portal'])).toBe('blocked tenant-blocked');
    expect(told(ofService, ['model llm/llama'])).toBe('blocked model-blocked');
    expect(told(hers, ['model llm/llama'], mara, { model: undefined })).toBe(
      'dormant model-absent',
    );
  });
});
