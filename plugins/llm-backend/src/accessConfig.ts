import type { RootConfigService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import {
  AccessLimits,
  AccessRule,
  MembershipTrust,
  defaultLimits,
  defaultTrust,
  parseRules,
} from './access';

/** What `llm.access` says. */
export interface AccessConfig {
  limits: AccessLimits;
  rules: AccessRule[];
  /** Days after which a key that nobody uses ends; never if absent. */
  unusedDays?: number;
  trust: MembershipTrust;
  /** How often membership is read. */
  refreshSeconds: number;
  /** What becomes of a new model that is approved; `off`: nobody can ask for one. */
  newModels: 'apply' | 'pull-request' | 'off';
}

const DEFAULT_UNUSED_DAYS = 90;
const DEFAULT_REFRESH_SECONDS = 60;
/** Characters of the name of a key that the database holds. */
const LONGEST_NAME = 200;

/**
 * The settings of the access room.
 *
 * @throws InputError that names the setting, when it is unknown or out of range
 */
export function readAccessConfig(config: RootConfigService): AccessConfig {
  const access = config.getOptionalConfig('llm.access');
  const number = (
    name: string,
    fallback: number,
    { min, max, whole }: { min: number; max: number; whole: boolean },
  ): number => {
    const value = access?.getOptionalNumber(name) ?? fallback;
    const fits = value >= min && value <= max;
    if (!fits || (whole && !Number.isInteger(value))) {
      throw new InputError(
        `llm.access.${name}: a ${
          whole ? 'whole ' : ''
        }number from ${min} to ${max}, not ${value}.`,
      );
    }
    return value;
  };
  const unusedDays = number('unusedDays', DEFAULT_UNUSED_DAYS, {
    min: 0,
    max: 3_650,
    whole: true,
  });
  return {
    newModels: readNewModels(config),
    limits: readLimits(access?.getOptionalConfig('limits')),
    rules: parseRules(access?.getOptional('rules')),
    unusedDays: unusedDays === 0 ? undefined : unusedDays,
    trust: {
      maxLossShare: number(
        'membership.maxLossShare',
        defaultTrust.maxLossShare,
        { min: 0, max: 1, whole: false },
      ),
      holdMinutes: number('membership.holdMinutes', defaultTrust.holdMinutes, {
        min: 0,
        max: 525_600,
        whole: true,
      }),
    },
    refreshSeconds: number(
      'membership.refreshSeconds',
      DEFAULT_REFRESH_SECONDS,
      { min: 5, max: 86_400, whole: true },
    ),
  };
}

function isLimit(name: string): name is keyof AccessLimits {
  return Object.hasOwn(defaultLimits, name);
}

function readLimits(
  config: ReturnType<RootConfigService['getOptionalConfig']>,
): AccessLimits {
  const limits = { ...defaultLimits };
  for (const name of config?.keys() ?? []) {
    const value = config?.getOptionalNumber(name);
    if (!isLimit(name)) {
      throw new InputError(
        `llm.access.limits.${name}: there is no such limit. There are: ${Object.keys(
          defaultLimits,
        ).join(', ')}.`,
      );
    }
    const most = name === 'maxNameLength' ? LONGEST_NAME : Infinity;
    if (
      value === undefined ||
      !Number.isInteger(value) ||
      value < 1 ||
      value > most
    ) {
      throw new InputError(
        `llm.access.limits.${name}: a whole number from 1 ${
          most === Infinity ? 'on' : `to ${most}`
        }, not ${value}.`,
      );
    }
    limits[name] = value;
  }
  return limits;
}

function readNewModels(config: RootConfigService): AccessConfig['newModels'] {
  const mode = config.getOptionalString('llm.newModels.mode') ?? 'apply';
  if (mode !== 'apply' && mode !== 'pull-request' && mode !== 'off') {
    throw new InputError(
      `llm.newModels.mode: apply, pull-request or off, not ${mode}.`,
    );
  }
  if (mode !== 'pull-request' && config.has('llm.newModels.pullRequest')) {
    throw new InputError(
      `llm.newModels.pullRequest: has no effect while llm.newModels.mode is ${mode}. Set that to pull-request, or leave this out.`,
    );
  }
  return mode;
}
