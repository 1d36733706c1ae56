import type { TestDatabaseId } from '@backstage/backend-test-utils';
import type { NotificationSendOptions } from '@backstage/plugin-notifications-node';
import type { Knex } from 'knex';
import type { AccessService } from '../../access';
import { newDatabase } from '../../access/__testUtils__/onDatabases';
import { World } from '../../access/__testUtils__/world';
import { Notifier } from '../Notifier';

/** A portal that tells people what concerns them, in a small world; what it sends is kept. */
export class NotifyingPortal {
  readonly world = new World();
  readonly knex: Knex;
  access: AccessService;
  /** What was sent and not asked for by {@link told} yet. */
  readonly sent: NotificationSendOptions[] = [];
  readonly warnings: string[] = [];
  /** Makes sending fail. */
  failure: Error | undefined;
  notifier: Notifier;

  static async start(databaseId: TestDatabaseId): Promise<NotifyingPortal> {
    const portal = new NotifyingPortal(await newDatabase(databaseId));
    // The world lives before the migration did.
    await portal
      .knex('notified')
      .update({ reminded_until: portal.world.time.toISOString() });
    return portal;
  }

  private constructor(knex: Knex) {
    this.knex = knex;
    this.access = this.world.service(knex);
    this.notifier = this.#notifier(90);
  }

  /** Starts it anew, with grants to be confirmed after so many days. */
  restart(recertifyDays = 90): void {
    this.notifier = this.#notifier(recertifyDays);
  }

  /** What was told since it was last asked, as `whom: title`. */
  told(): string[] {
    return this.sent.splice(0).map(({ recipients, payload }) => {
      const whom = recipients.type === 'entity' ? recipients.entityRef : 'all';
      return `${[whom].flat().join(' ')}: ${payload.title}`;
    });
  }

  #notifier(recertifyDays: number): Notifier {
    return Notifier.create({
      knex: this.knex,
      directory: this.world,
      admins: ['group:default/platform-admins'],
      recertifyDays,
      logger: { warn: text => this.warnings.push(text) },
      now: () => this.world.time,
      notifications: {
        send: async options => {
          if (this.failure) {
            throw this.failure;
          }
          this.sent.push(options);
        },
      },
    });
  }
}
