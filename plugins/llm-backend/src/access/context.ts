import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { CallJudge } from '@slipway/plugin-llm-common';
import type { AccessLimits } from './decisions/limits';
import type { AccessRule } from './decisions/requestRules';
import type { NewModelWay } from './newModels/NewModelWay';
import type { AccessDirectory } from './types';

/** What the services of this room share. */
export interface AccessContext {
  /** The plugin's database, migrated. */
  knex: Knex;
  directory: AccessDirectory;
  limits: AccessLimits;
  /** Rules about requests, the first that speaks counts. */
  rules: AccessRule[];
  /** Days after which a key that nobody uses ends; never if absent. */
  unusedDays?: number;
  /** How new models are made; absent where they are not asked for. */
  newModels?: NewModelWay;
  /** Days after which people are told that a pull request for a new model waits. */
  remindDays: number;
  /** Who judges calls at the gateway; nothing while that is not known. */
  judge(): Promise<CallJudge | undefined>;
  now(): Date;
}

/** A new id, e.g. `key_0f3c…`: 128 random bits, so that ids can't be guessed from others. */
export function newId(kind: 'req' | 'grant' | 'key' | 'block'): string {
  return `${kind}_${randomBytes(16).toString('hex')}`;
}

/** What is stored of a key. */
export function hashKey(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
