import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  NotificationSendOptions,
  NotificationService,
} from '@backstage/plugin-notifications-node';
import type { Knex } from 'knex';
import {
  grantsDueOn,
  grantsEndingBetween,
  newsSince,
  readNotified,
  saveNotified,
} from '../access';
import {
  askToConfirm,
  askToConfirmSooner,
  daysBroughtForward,
  dueDaysBetween,
} from './confirmations';
import { MessageContext, messagesOf } from './messages';
import { REMINDER_DAYS, remindersOf } from './reminders';

/** Rows of the audit chain that are read at once. */
const BATCH = 200;
/** What could not be told within this time is news to nobody any more. */
const STALE_MS = 86_400_000;
const DAY_MS = 86_400_000;

/** What the notifier needs. */
export interface NotifierOptions extends MessageContext {
  /** The plugin's database, migrated. */
  knex: Knex;
  /** Days after which an owner is to confirm a grant again. */
  recertifyDays: number;
  notifications: Pick<NotificationService, 'send'>;
  logger: Pick<LoggerService, 'warn'>;
  /** For tests. */
  now?: () => Date;
}

/**
 * Tells people what happened to their requests, grants and keys. It follows the audit chain, which commits together with what it tells
 * of, so nothing is lost when a process dies; what was sent just before that is sent again, and its scope makes it the same
 * notification. Only one process may run it at a time.
 */
export class Notifier {
  readonly #options: NotifierOptions;

  static create(options: NotifierOptions): Notifier {
    return new Notifier(options);
  }

  private constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /**
   * Tells what happened since the last time, and reminds of what ends soon or is to be confirmed. What can't be sent is tried again the next time, for a day.
   */
  async run(): Promise<void> {
    await this.#tellNews();
    await this.#remind();
  }

  async #tellNews(): Promise<void> {
    const { knex } = this.#options;
    const staleBefore = new Date(
      this.#now().getTime() - STALE_MS,
    ).toISOString();
    let { auditPosition } = await readNotified(knex);
    for (;;) {
      const { news, position } = await newsSince(knex, auditPosition, BATCH);
      if (position === auditPosition) {
        return;
      }
      for (const item of news) {
        for (const message of item.at < staleBefore
          ? []
          : messagesOf(item, this.#options)) {
          await this.#send(message);
        }
        await saveNotified(knex, { auditPosition: item.position });
      }
      await saveNotified(knex, { auditPosition: position });
      auditPosition = position;
    }
  }

  /** A reminder falls due once: in the run whose window holds the moment so many days before the end. */
  async #remind(): Promise<void> {
    const { knex, recertifyDays } = this.#options;
    const { remindedUntil, recertifyDays: before = recertifyDays } =
      await readNotified(knex);
    const now = this.#now();
    const until = now.toISOString();
    if (until <= remindedUntil) {
      return;
    }
    // After a long silence only the last reminder counts.
    const reminded = new Set<string>();
    for (const days of REMINDER_DAYS) {
      const ending = await grantsEndingBetween(
        knex,
        later(new Date(remindedUntil), days),
        later(now, days),
      );
      for (const item of ending) {
        const { createdAt, expiresAt, id } = item.grant;
        // Whoever just got a grant for so many days knows.
        const isNew = later(new Date(createdAt), days) >= expiresAt;
        if (!reminded.has(id) && !isNew && expiresAt > until) {
          reminded.add(id);
          for (const message of remindersOf(item, days, this.#options)) {
            await this.#send(message);
          }
        }
      }
    }
    await this.#askToConfirm(new Date(remindedUntil), now, before);
    await saveNotified(knex, { remindedUntil: until, recertifyDays });
  }

  /**
   * Asks owners to confirm grants, once when they come onto the list and once on their day.
   *
   * @param before - days after which grants were to be confirmed when owners were told last
   */
  async #askToConfirm(after: Date, until: Date, before: number): Promise<void> {
    const { knex, recertifyDays } = this.#options;
    const dueDays = dueDaysBetween(after, until, recertifyDays);
    const sooner = daysBroughtForward(after, before, recertifyDays);
    if (sooner) {
      const messages = askToConfirmSooner(
        await grantsDueOn(knex, { ...sooner, recertifyDays }),
        { now: until, recertifyDays, told: dueDays },
        this.#options,
      );
      for (const message of messages) {
        await this.#send(message);
      }
    }
    for (const due of dueDays) {
      const grants = await grantsDueOn(knex, { ...due, recertifyDays });
      for (const message of askToConfirm(due, grants, this.#options)) {
        await this.#send(message);
      }
    }
  }

  /** @throws when the notifications can't take it now; what they refuse for good is left out. */
  async #send(message: NotificationSendOptions): Promise<void> {
    const { logger, notifications } = this.#options;
    const { recipients, payload } = message;
    if (recipients.type === 'entity' && recipients.entityRef.length === 0) {
      return;
    }
    try {
      await notifications.send(message);
    } catch (error) {
      if (!isRefusal(error)) {
        throw error;
      }
      logger.warn(
        `The notifications refuse "${payload.title}": nobody is told`,
        error,
      );
    }
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }
}

function later(time: Date, days: number): string {
  return new Date(time.getTime() + days * DAY_MS).toISOString();
}

/** Whether sending the same again would be answered the same. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    (error.statusCode === 400 || error.statusCode === 422)
  );
}
