import { databaseIds } from '../access/__testUtils__/onDatabases';
import { NotifyingPortal } from './__testUtils__/NotifyingPortal';

describe.each(databaseIds)(
  'owners are asked on %s to confirm grants',
  databaseId => {
    let portal: NotifyingPortal;

    beforeEach(async () => {
      portal = await NotifyingPortal.start(databaseId);
    });

    const give = (name: string, days = 180) =>
      portal.access.grants.give(portal.world.caller('aiko'), {
        model: 'llm/llama',
        subject: { kind: 'user', ref: `user:default/${name}` },
        days,
      });
    const run = async (days = 0) => {
      portal.world.later(days);
      await portal.notifier.run();
      return portal.told();
    };
    const platform = (text: string) => [`group:default/platform: ${text}`];

    it('two weeks before their day and on it, all of a day at once, whoever runs it and however often', async () => {
      // At 08:00 on 20 Nov 2026; to be confirmed after 90 days: on 18 Feb 2027.
      await give('mara');
      portal.world.later(0.1);
      await give('nils');
      await run();
      expect(await run(75.5)).toEqual([]);
      portal.world.later(0.2);
      await portal.notifier.run();
      expect(portal.sent).toEqual([
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
      const [{ payload }] = portal.sent.splice(0);

      // The same portal again, one that has just started, and the next hours of the day.
      portal.restart();
      expect(await run()).toEqual([]);
      expect(await run(0.5)).toEqual([]);
      expect(await run(12)).toEqual([]);
      const [{ id }] = (
        await portal.access.grants.list(portal.world.caller('aiko'), {
          due: true,
        })
      ).items;
      await portal.access.grants.recertify(portal.world.caller('aiko'), id);
      portal.world.later(1.5);
      await portal.notifier.run();
      expect(portal.sent[0].payload.scope).toBe(payload.scope);
      expect(portal.sent[0].payload.severity).toBe('high');
      expect(portal.told()).toEqual(
        platform(
          'The grant of mara for llama is to be confirmed by 18 Feb 2027',
        ),
      );
      expect(await run(1)).toEqual([]);
    });

    it('once for a day that passed in a long silence, and again by the same name when sending failed', async () => {
      await give('mara');
      await run();
      portal.failure = new Error('no answer');
      portal.world.later(100);
      await expect(portal.notifier.run()).rejects.toThrow('no answer');
      portal.failure = undefined;
      portal.restart();
      const words =
        'The grant of mara for llama is to be confirmed by 18 Feb 2027';
      expect(await run()).toEqual(platform(words));
      expect(await run()).toEqual([]);
    });

    it('not those that end before their day, and not who has the grant: the admins where nobody else owns it', async () => {
      await give('mara', 89);
      portal.world.modelMap.get('llm/llama')!.owners = ['user:default/nils'];
      portal.world.tenantMap.get('portal')!.owners = [];
      await portal.access.grants.give(portal.world.caller('priya'), {
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
      portal.restart(7);
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
        portal.world.later(0.01);
        portal.restart(30);
      };

      it('once for all that came onto the list by it, whatever restarts, and again on their day', async () => {
        // On 20 Nov, 10 Dec and 19 Dec 2026; by 30 days due on 20 Dec, 9 Jan and 18 Jan.
        portal.world.people.set('olga', ['developers']);
        await give('mara');
        await run();
        portal.world.later(20);
        await give('nils');
        portal.world.later(9);
        await give('olga');
        // On 4 Jan 2027 all are on the list by 30 days, by 90 none is.
        expect(await run(16.5)).toEqual([]);
        lowered();
        await portal.notifier.run();
        expect(portal.sent).toEqual([
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
        portal.sent.splice(0);
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
        portal.world.later(52);
        await give('nils');
        await run();
        // mara's came onto the list by 90 days on 4 Feb; nils's is due on 10 Feb by 30 days.
        expect(await run(25)).toEqual(
          platform(
            'The grant of mara for llama is to be confirmed by 18 Feb 2027',
          ),
        );
        lowered();
        portal.failure = new Error('no answer');
        await expect(portal.notifier.run()).rejects.toThrow('no answer');
        portal.failure = undefined;
        lowered();
        await portal.notifier.run();
        const [{ payload }] = portal.sent;
        expect(payload.scope).toMatch(/^confirm-after:30:/);
        expect(portal.told()).toEqual(
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
        portal.restart(180);
        expect(await run(1)).toEqual([]);
        expect(await run(20)).toEqual([]);
      });
    });
  },
);
