import { InputError } from '@backstage/errors';
import { saveNotified } from '../access';
import { databaseIds } from '../access/__testUtils__/onDatabases';
import { exampleModel } from '../models/__testUtils__/examples';
import { NotifyingPortal } from './__testUtils__/NotifyingPortal';

describe.each(databaseIds)('notifications on %s', databaseId => {
  let portal: NotifyingPortal;

  beforeEach(async () => {
    portal = await NotifyingPortal.start(databaseId);
  });

  const ask = async (reason = 'docs') =>
    portal.access.requests.ask(portal.world.caller('mara'), {
      model: 'llm/llama',
      reason,
      days: 30,
    });

  const keyOfMara = async (days = 30) => {
    const grant = await portal.access.grants.give(portal.world.caller('aiko'), {
      model: 'llm/llama',
      subject: { kind: 'user', ref: 'user:default/mara' },
      days,
    });
    const { key } = await portal.access.keys.issue(
      portal.world.caller('mara'),
      {
        name: 'laptop',
        models: ['llm/llama'],
        backupOwner: 'user:default/nils',
      },
    );
    return { grant, key };
  };

  it('go to those who decide when a request waits, and to the requester when it is decided', async () => {
    const request = await ask('to write docs');
    await portal.notifier.run();
    expect(portal.sent[0]).toEqual({
      recipients: {
        type: 'entity',
        entityRef: ['group:default/platform'],
        excludeEntityRef: 'user:default/mara',
      },
      payload: {
        title: 'mara asks for llama for 30 days',
        description: 'to write docs',
        link: `/approvals?request=${request.id}`,
        topic: 'Access requests',
        scope: `decide:${request.id}`,
      },
    });
    expect(portal.told()).toHaveLength(1);

    const aiko = portal.world.caller('aiko');
    const mara = portal.world.caller('mara');
    await portal.access.requests.decide(aiko, request.id, {
      step: 'ask-back',
      comment: 'how long?',
    });
    await portal.notifier.run();
    expect(portal.sent[0].payload.description).toBe('how long?');
    expect(portal.told()).toEqual([
      'user:default/mara: aiko asks you about your request for llama',
    ]);
    await portal.access.requests.decide(mara, request.id, {
      step: 'answer',
      comment: 'a month',
    });
    await portal.access.requests.decide(aiko, request.id, { step: 'approve' });
    await portal.notifier.run();
    // By the time it is told, nobody waits for the answer any more.
    expect(portal.told()).toEqual([
      'user:default/mara: aiko approved your access to llama',
    ]);
    await portal.notifier.run();
    expect(portal.sent).toEqual([]);
  });

  it('go to the admins when nobody owns what is asked for, and to nobody when a rule decided', async () => {
    portal.world.modelMap.set('llm/llama', {
      ...portal.world.modelMap.get('llm/bge')!,
      ref: 'llm/llama',
      access: { public: false, groups: [] },
      requestable: true,
      owners: [],
    });
    portal.world.tenantMap.set('portal', {
      ...portal.world.tenant('portal')!,
      owners: [],
    });
    await ask();
    await portal.notifier.run();
    expect(portal.told()).toEqual([
      'group:default/platform-admins: mara asks for bge for 30 days',
    ]);
    portal.access = portal.world.service(portal.knex, {
      rules: [{ name: 'all', decision: 'approve' }],
    });
    await portal.access.requests.ask(portal.world.caller('nils'), {
      model: 'llm/llama',
      reason: 'x',
      days: 1,
    });
    await portal.notifier.run();
    expect(portal.told()).toEqual([]);
  });

  it('tell the admins of a wish for a new model, and its requester what comes of it', async () => {
    let refusal: Error | undefined = new InputError('the branch is protected');
    portal.access = portal.world.service(portal.knex, {
      newModels: {
        check: async () => {},
        advance: async () => {
          if (refusal) {
            throw refusal;
          }
          return 'made';
        },
      },
    });
    const { apiVersion, kind, spec } = exampleModel();
    const { id } = await portal.access.newModels.ask(
      portal.world.caller('mara'),
      {
        manifest: {
          apiVersion,
          kind,
          metadata: { name: 'tiny', namespace: 'llm' },
          spec,
        },
        reason: 'for reviews',
      },
    );
    await portal.notifier.run();
    expect(portal.told()).toEqual([
      'group:default/platform-admins: mara asks for the new model llm/tiny',
    ]);
    await portal.access.requests.decide(portal.world.caller('priya'), id, {
      step: 'approve',
    });
    await portal.notifier.run();
    expect(portal.sent[0].payload.link).toBe(`/access/requests?request=${id}`);
    expect(portal.told()).toEqual([
      'user:default/mara: priya approved the new model llm/tiny: it is on its way, and yours',
    ]);

    await portal.access.newModels.advanceApproved();
    await portal.notifier.run();
    expect(portal.sent.map(({ payload }) => payload.description)).toEqual(
      Array(2).fill('the branch is protected'),
    );
    expect(portal.told()).toEqual([
      'user:default/mara: The new model llm/tiny was approved, but is not made',
      'group:default/platform-admins: The new model llm/tiny needs you',
    ]);

    refusal = undefined;
    await portal.access.newModels.retry(portal.world.caller('priya'), id);
    await portal.access.newModels.advanceApproved();
    await portal.notifier.run();
    expect(portal.sent[0].payload.link).toBe('/models/llm/tiny');
    expect(portal.told()).toEqual([
      'user:default/mara: The new model llm/tiny is in the cluster, and yours',
    ]);
  });

  it('tell owner and backup owner of a leaked key, and nobody of one that its owner revoked', async () => {
    const { key } = await keyOfMara();
    await portal.access.keys.revoke(
      portal.world.caller('mara'),
      key.id,
      'leaked',
    );
    await portal.notifier.run();
    expect(portal.sent[0].payload).toMatchObject({
      severity: 'critical',
      scope: `key:${key.id}`,
    });
    expect(portal.told()).toEqual([
      'user:default/mara user:default/nils: Key laptop was reported as leaked and has ended',
    ]);
    const { key: second } = await portal.access.keys.issue(
      portal.world.caller('mara'),
      {
        name: 'second',
        models: ['llm/llama'],
      },
    );
    await portal.access.keys.revoke(portal.world.caller('mara'), second.id);
    await portal.notifier.run();
    expect(portal.told()).toEqual([]);
  });

  it('remind of a grant that ends 14 and 3 days before, once each, and again when it was prolonged', async () => {
    const { grant } = await keyOfMara(30);
    await portal.notifier.run();
    const remind = async (days: number) => {
      portal.world.later(days);
      await portal.notifier.run();
      await portal.notifier.run();
      return portal.told();
    };
    const inDays = (days: number) => [
      `user:default/mara user:default/nils: Access to llama ends in ${days} days`,
    ];
    expect(await remind(15.9)).toEqual([]);
    expect(await remind(0.2)).toEqual(inDays(14));
    expect(await remind(5)).toEqual([]);
    expect(await remind(6)).toEqual(inDays(3));
    await portal.access.grants.extend(
      portal.world.caller('aiko'),
      grant.id,
      20,
    );
    expect(await remind(5)).toEqual([]);
    // A long silence: only the last of the two reminders is left to say.
    expect(await remind(13)).toEqual(inDays(3));
    expect(await remind(3)).toEqual([]);
  });

  it('tell the owners of a grant that ends while it is blocked, for whom it is for can not renew it', async () => {
    await keyOfMara(30);
    await portal.access.blocks.set(portal.world.caller('priya'), {
      target: 'user',
      ref: 'user:default/mara',
      reason: 'canary',
    });
    portal.world.later(16.1);
    await portal.notifier.run();
    expect(JSON.stringify(portal.sent)).not.toMatch(/canary|priya/);
    const [hers, theirs] = portal.sent.map(({ payload }) => payload);
    expect(hers.description).toMatch(
      /^Key laptop ends with it\. It is blocked.* can prolong it\.$/,
    );
    expect(theirs.scope).not.toBe(hers.scope);
    expect(portal.told()).toEqual([
      'user:default/mara user:default/nils: Access to llama ends in 14 days',
      'group:default/platform: Access of mara to llama ends in 14 days',
    ]);
  });

  it('do not remind anybody of what she just got', async () => {
    await keyOfMara(14);
    portal.world.later(0.01);
    await portal.notifier.run();
    expect(portal.told()).toEqual([]);
  });

  it('lose nothing while they can not be sent, and repeat nothing after that', async () => {
    await ask();
    portal.failure = new Error('no answer');
    await expect(portal.notifier.run()).rejects.toThrow('no answer');
    portal.failure = undefined;
    await portal.notifier.run();
    await portal.notifier.run();
    expect(portal.told()).toEqual([
      'group:default/platform: mara asks for llama for 30 days',
    ]);
  });

  it('pass over what is refused for good, and what is older than a day', async () => {
    const request = await ask();
    portal.failure = Object.assign(new Error('bad'), { statusCode: 400 });
    await portal.notifier.run();
    expect(portal.warnings.join()).toContain('mara asks for llama');
    portal.failure = undefined;
    await portal.access.requests.decide(
      portal.world.caller('aiko'),
      request.id,
      {
        step: 'reject',
        comment: 'no',
      },
    );
    portal.world.later(2);
    await portal.notifier.run();
    expect(portal.told()).toEqual([]);
  });

  it('never go back', async () => {
    await saveNotified(portal.knex, { auditPosition: 100 });
    await saveNotified(portal.knex, { auditPosition: 5 });
    await ask();
    await portal.notifier.run();
    expect(portal.told()).toEqual([]);
  });
});
