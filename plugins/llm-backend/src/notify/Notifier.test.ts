import { InputError } from '@backstage/errors';
import type { NotificationSendOptions } from '@backstage/plugin-notifications-node';
import type { Knex } from 'knex';
import { AccessService, saveNotified } from '../access';
import { databaseIds, newDatabase } from '../access/__testUtils__/onDatabases';
import { World } from '../access/__testUtils__/world';
import { exampleModel } from '../models/__testUtils__/examples';
import { Notifier } from './Notifier';

const ADMINS = ['group:default/platform-admins'];

/** What was told, as `whom: title`. */
function told(sent: NotificationSendOptions[]): string[] {
  return sent.splice(0).map(({ recipients, payload }) => {
    const whom = recipients.type === 'entity' ? recipients.entityRef : 'all';
    return `${[whom].flat().join(' ')}: ${payload.title}`;
  });
}

describe.each(databaseIds)('notifications on %s', databaseId => {
  let world: World;
  let knex: Knex;
  let access: AccessService;
  let sent: NotificationSendOptions[];
  let failure: Error | undefined;
  let notifier: Notifier;
  const warnings: string[] = [];

  /** The notifier of a portal that has just started. */
  const portal = (recertifyDays = 90) =>
    Notifier.create({
      knex,
      directory: world,
      admins: ADMINS,
      recertifyDays,
      logger: { warn: text => warnings.push(text) },
      now: () => world.time,
      notifications: {
        send: async options => {
          if (failure) {
            throw failure;
          }
          sent.push(options);
        },
      },
    });

  beforeEach(async () => {
    world = new World();
    knex = await newDatabase(databaseId);
    // The world lives before the migration did.
    await knex('notified').update({ reminded_until: world.time.toISOString() });
    access = world.service(knex);
    sent = [];
    failure = undefined;
    notifier = portal();
  });

  const ask = async (reason = 'docs') =>
    access.requests.ask(world.caller('mara'), {
      model: 'llm/llama',
      reason,
      days: 30,
    });

  const keyOfMara = async (days = 30) => {
    const grant = await access.grants.give(world.caller('aiko'), {
      model: 'llm/llama',
      subject: { kind: 'user', ref: 'user:default/mara' },
      days,
    });
    const { key } = await access.keys.issue(world.caller('mara'), {
      name: 'laptop',
      models: ['llm/llama'],
      backupOwner: 'user:default/nils',
    });
    return { grant, key };
  };

  it('go to those who decide when a request waits, and to the requester when it is decided', async () => {
    const request = await ask('to write docs');
    await notifier.run();
    expect(sent[0]).toEqual({
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
    expect(told(sent)).toHaveLength(1);

    const aiko = world.caller('aiko');
    const mara = world.caller('mara');
    await access.requests.decide(aiko, request.id, {
      step: 'ask-back',
      comment: 'how long?',
    });
    await notifier.run();
    expect(sent[0].payload.description).toBe('how long?');
    expect(told(sent)).toEqual([
      'user:default/mara: aiko asks you about your request for llama',
    ]);
    await access.requests.decide(mara, request.id, {
      step: 'answer',
      comment: 'a month',
    });
    await access.requests.decide(aiko, request.id, { step: 'approve' });
    await notifier.run();
    // By the time it is told, nobody waits for the answer any more.
    expect(told(sent)).toEqual([
      'user:default/mara: aiko approved your access to llama',
    ]);
    await notifier.run();
    expect(sent).toEqual([]);
  });

  it('go to the admins when nobody owns what is asked for, and to nobody when a rule decided', async () => {
    world.modelMap.set('llm/llama', {
      ...world.modelMap.get('llm/bge')!,
      ref: 'llm/llama',
      access: { public: false, groups: [] },
      requestable: true,
      owners: [],
    });
    world.tenantMap.set('portal', { ...world.tenant('portal')!, owners: [] });
    await ask();
    await notifier.run();
    expect(told(sent)).toEqual([
      'group:default/platform-admins: mara asks for bge for 30 days',
    ]);
    access = world.service(knex, {
      rules: [{ name: 'all', decision: 'approve' }],
    });
    await access.requests.ask(world.caller('nils'), {
      model: 'llm/llama',
      reason: 'x',
      days: 1,
    });
    await notifier.run();
    expect(told(sent)).toEqual([]);
  });

  it('tell the admins of a wish for a new model, and its requester what comes of it', async () => {
    let refusal: Error | undefined = new InputError('the branch is protected');
    access = world.service(knex, {
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
    const { id } = await access.newModels.ask(world.caller('mara'), {
      manifest: {
        apiVersion,
        kind,
        metadata: { name: 'tiny', namespace: 'llm' },
        spec,
      },
      reason: 'for reviews',
    });
    await notifier.run();
    expect(told(sent)).toEqual([
      'group:default/platform-admins: mara asks for the new model llm/tiny',
    ]);
    await access.requests.decide(world.caller('priya'), id, {
      step: 'approve',
    });
    await notifier.run();
    expect(sent[0].payload.link).toBe(`/access/requests?request=${id}`);
    expect(told(sent)).toEqual([
      'user:default/mara: priya approved the new model llm/tiny: it is on its way, and yours',
    ]);

    await access.newModels.advanceApproved();
    await notifier.run();
    expect(sent.map(({ payload }) => payload.description)).toEqual(
      Array(2).fill('the branch is protected'),
    );
    expect(told(sent)).toEqual([
      'user:default/mara: The new model llm/tiny was approved, but is not made',
      'group:default/platform-admins: The new model llm/tiny needs you',
    ]);

    refusal = undefined;
    await access.newModels.retry(world.caller('priya'), id);
    await access.newModels.advanceApproved();
    await notifier.run();
    expect(sent[0].payload.link).toBe('/models/llm/tiny');
    expect(told(sent)).toEqual([
      'user:default/mara: The new model llm/tiny is in the cluster, and yours',
    ]);
  });

  it('tell owner and backup owner of a leaked key, and nobody of one that its owner revoked', async () => {
    const { key } = await keyOfMara();
    await access.keys.revoke(world.caller('mara'), key.id, 'leaked');
    await notifier.run();
    expect(sent[0].payload).toMatchObject({
      severity: 'critical',
      scope: `key:${key.id}`,
    });
    expect(told(sent)).toEqual([
      'user:default/mara user:default/nils: Key laptop was reported as leaked and has ended',
    ]);
    const { key: second } = await access.keys.issue(world.caller('mara'), {
      name: 'second',
      models: ['llm/llama'],
    });
    await access.keys.revoke(world.caller('mara'), second.id);
    await notifier.run();
    expect(told(sent)).toEqual([]);
  });

  it('remind of a grant that ends 14 and 3 days before, once each, and again when it was prolonged', async () => {
    const { grant } = await keyOfMara(30);
    await notifier.run();
    const remind = async (days: number) => {
      world.later(days);
      await notifier.run();
      await notifier.run();
      return told(sent);
    };
    const inDays = (days: number) => [
      `user:default/mara user:default/nils: Access to llama ends in ${days} days`,
    ];
    expect(await remind(15.9)).toEqual([]);
    expect(await remind(0.2)).toEqual(inDays(14));
    expect(await remind(5)).toEqual([]);
    expect(await remind(6)).toEqual(inDays(3));
    await access.grants.extend(world.caller('aiko'), grant.id, 20);
    expect(await remind(5)).toEqual([]);
    // A long silence: only the last of the two reminders is left to say.
    expect(await remind(13)).toEqual(inDays(3));
    expect(await remind(3)).toEqual([]);
  });

  it('do not remind anybody of what she just got', async () => {
    await keyOfMara(14);
    world.later(0.01);
    await notifier.run();
    expect(told(sent)).toEqual([]);
  });

  it('lose nothing while they can not be sent, and repeat nothing after that', async () => {
    await ask();
    failure = new Error('no answer');
    await expect(notifier.run()).rejects.toThrow('no answer');
    failure = undefined;
    await notifier.run();
    await notifier.run();
    expect(told(sent)).toEqual([
      'group:default/platform: mara asks for llama for 30 days',
    ]);
  });

  it('pass over what is refused for good, and what is older than a day', async () => {
    const request = await ask();
    failure = Object.assign(new Error('bad'), { statusCode: 400 });
    await notifier.run();
    expect(warnings.join()).toContain('mara asks for llama');
    failure = undefined;
    await access.requests.decide(world.caller('aiko'), request.id, {
      step: 'reject',
      comment: 'no',
    });
    world.later(2);
    await notifier.run();
    expect(told(sent)).toEqual([]);
  });

  it('never go back', async () => {
    await saveNotified(knex, { auditPosition: 100 });
    await saveNotified(knex, { auditPosition: 5 });
    await ask();
    await notifier.run();
    expect(told(sent)).toEqual([]);
  });

  describe('ask owners to confirm grants', () => {
    const give = (name: string, days = 180) =>
      access.grants.give(world.caller('aiko'), {
        model: 'llm/llama',
        subject: { kind: 'user', ref: `user:default/${name}` },
        days,
      });
    const run = async (days = 0) => {
      world.later(days);
      await notifier.run();
      return told(sent);
    };
    const platform = (text: string) => [`group:default/platform: ${text}`];

    it('two weeks before their day and on it, all of a day at once, whoever runs it and however often', async () => {
      // At 08:00 on 20 Nov 2026; to be confirmed after 90 days: on 18 Feb 2027.
      await give('mara');
      world.later(0.1);
      await give('nils');
      await run();
      expect(await run(75.5)).toEqual([]);
      world.later(0.2);
      await notifier.run();
      expect(sent).toEqual([
        {
          recipients: { type: 'entity', entityRef: ['group:default/platform'] },
          payload: {
            severity: 'normal',
            title: '2 grants are to be confirmed by 18 Feb 2027',
            description:
              'mara: llama, nils: llama. Say whether it is still needed; nothing ends by itself.',
            link: '/access/people?state=due',
            topic: 'Grants and keys',
            scope: expect.stringMatching(/^confirm:2027-02-18:[0-9a-f]{16}$/),
          },
        },
      ]);
      const [{ payload }] = sent.splice(0);

      // The same portal again, one that has just started, and the next hours of the day.
      notifier = portal();
      expect(await run()).toEqual([]);
      expect(await run(0.5)).toEqual([]);
      expect(await run(12)).toEqual([]);
      const [{ id }] = (
        await access.grants.list(world.caller('aiko'), { due: true })
      ).items;
      await access.grants.recertify(world.caller('aiko'), id);
      world.later(1.5);
      await notifier.run();
      expect(sent[0].payload.scope).toBe(payload.scope);
      expect(sent[0].payload.severity).toBe('high');
      expect(told(sent)).toEqual(
        platform(
          'The grant of mara for llama is to be confirmed by 18 Feb 2027',
        ),
      );
      expect(await run(1)).toEqual([]);
    });

    it('once for a day that passed in a long silence, and again by the same name when sending failed', async () => {
      await give('mara');
      await run();
      failure = new Error('no answer');
      world.later(100);
      await expect(notifier.run()).rejects.toThrow('no answer');
      failure = undefined;
      notifier = portal();
      const words =
        'The grant of mara for llama is to be confirmed by 18 Feb 2027';
      expect(await run()).toEqual(platform(words));
      expect(await run()).toEqual([]);
    });

    it('not those that end before their day, and not who has the grant: the admins where nobody else owns it', async () => {
      await give('mara', 89);
      world.modelMap.get('llm/llama')!.owners = ['user:default/nils'];
      world.tenantMap.get('portal')!.owners = [];
      await access.grants.give(world.caller('priya'), {
        model: 'llm/llama',
        tenant: 'portal',
        subject: { kind: 'user', ref: 'user:default/nils' },
        days: 180,
      });
      await run();
      const said = await run(76);
      expect(said.filter(text => text.includes('confirmed'))).toEqual([
        'group:default/platform-admins: The grant of nils for llama is to be confirmed by 18 Feb 2027',
      ]);
    });

    it('the day after they were given at the soonest, where they are to be confirmed often', async () => {
      notifier = portal(7);
      await give('mara');
      expect(await run()).toEqual([]);
      expect(await run(1)).toEqual(
        platform(
          'The grant of mara for llama is to be confirmed by 27 Nov 2026',
        ),
      );
      expect(await run(5)).toEqual([]);
    });

    describe('when they are to be confirmed after fewer days than before', () => {
      /** The portal starts again with the new number, a quarter of an hour later. */
      const lowered = () => {
        world.later(0.01);
        notifier = portal(30);
      };

      it('once for all that came onto the list by it, whatever restarts, and again on their day', async () => {
        // On 20 Nov, 10 Dec and 19 Dec 2026; by 30 days due on 20 Dec, 9 Jan and 18 Jan.
        world.people.set('olga', ['developers']);
        await give('mara');
        await run();
        world.later(20);
        await give('nils');
        world.later(9);
        await give('olga');
        // On 4 Jan 2027 all are on the list by 30 days, by 90 none is.
        expect(await run(16.5)).toEqual([]);
        lowered();
        await notifier.run();
        expect(sent).toEqual([
          {
            recipients: {
              type: 'entity',
              entityRef: ['group:default/platform'],
            },
            payload: {
              severity: 'high',
              title: '3 grants are to be confirmed by 20 Dec 2026',
              description:
                'Grants are to be confirmed every 30 days now. mara: llama, nils: llama, olga: llama. Say whether it is still needed; nothing ends by itself.',
              link: '/access/people?state=due',
              topic: 'Grants and keys',
              scope: expect.stringMatching(/^confirm-after:30:[0-9a-f]{16}$/),
            },
          },
        ]);
        sent.splice(0);
        lowered();
        expect(await run()).toEqual([]);
        expect(await run(0.1)).toEqual([]);
        expect(await run(5)).toEqual(
          platform(
            'The grant of nils for llama is to be confirmed by 9 Jan 2027',
          ),
        );
      });

      it('not of what their day or the list of the old number told of, and by the same name when sending failed', async () => {
        await give('mara');
        world.later(52);
        await give('nils');
        await run();
        // mara's came onto the list by 90 days on 4 Feb; nils's is due on 10 Feb by 30 days.
        expect(await run(25)).toEqual(
          platform(
            'The grant of mara for llama is to be confirmed by 18 Feb 2027',
          ),
        );
        lowered();
        failure = new Error('no answer');
        await expect(notifier.run()).rejects.toThrow('no answer');
        failure = undefined;
        lowered();
        await notifier.run();
        const [{ payload }] = sent;
        expect(payload.scope).toMatch(/^confirm-after:30:/);
        expect(told(sent)).toEqual(
          platform(
            'The grant of nils for llama is to be confirmed by 10 Feb 2027',
          ),
        );
        expect(await run()).toEqual([]);
      });

      it('nobody when nothing came onto the list, and nobody when the number was raised', async () => {
        await give('mara');
        await run();
        lowered();
        expect(await run(1)).toEqual([]);
        notifier = portal(180);
        expect(await run(1)).toEqual([]);
        expect(await run(20)).toEqual([]);
      });
    });
  });
});
