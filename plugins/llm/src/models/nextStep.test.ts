import { nextStepOf } from './nextStep';

const endpoints = { internal: 'https://llm.example.com/v1' };

describe('the next step with a model', () => {
  it.each([
    ['ask for it', { myAccess: { state: 'requestable' } }, 'onRequest', 'ask'],
    [
      'see the request',
      { myAccess: { state: 'requested', requestId: 'r' } },
      'requested',
      'seeRequest',
    ],
    [
      'answer who asks back',
      { myAccess: { state: 'requested', requestId: 'r', asksBack: true } },
      'requested',
      'answer',
    ],
    [
      'call it with a grant, whatever spec.access says',
      {
        myAccess: { state: 'granted', grantId: 'g', until: '2027-02-18' },
        endpoints,
      },
      'granted',
      'callIt',
    ],
    [
      'wait for it with a grant',
      { myAccess: { state: 'granted', grantId: 'g', until: '2027-02-18' } },
      'granted',
      'seeProgress',
    ],
    [
      'call what is open',
      { access: 'open', myAccess: { state: 'open' }, endpoints },
      'open',
      'callIt',
    ],
    [
      'look, where she is in no tenant, however open it is',
      {
        access: 'open',
        myAccess: { state: 'refused', because: 'no-tenant' },
        endpoints,
      },
      'noTenant',
      'details',
    ],
    [
      'look, where her tenant is suspended',
      {
        access: 'open',
        myAccess: { state: 'refused', because: 'tenant-suspended' },
        endpoints,
      },
      'tenantSuspended',
      'details',
    ],
    [
      'look, where she is blocked',
      {
        access: 'open',
        myAccess: { state: 'refused', because: 'user-blocked' },
        endpoints,
      },
      'userBlocked',
      'details',
    ],
    [
      'look, where her tenant is blocked',
      {
        access: 'open',
        myAccess: { state: 'refused', because: 'tenant-blocked' },
        endpoints,
      },
      'tenantBlocked',
      'details',
    ],
    [
      'look, where the model is blocked',
      {
        access: 'open',
        myAccess: { state: 'refused', because: 'model-blocked' },
        endpoints,
      },
      'modelBlocked',
      'details',
    ],
    ['look, where nothing can be asked for', {}, 'onRequest', 'details'],
  ] as const)('is to %s', (_what, model, access, action) => {
    expect(
      nextStepOf({
        access: 'on-request',
        phase: 'Starting',
        endpoints: {},
        ...model,
      }),
    ).toMatchObject({ access, action });
  });
});
