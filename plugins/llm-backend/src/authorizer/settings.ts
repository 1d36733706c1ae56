/*
 * Settings of the authorizer: one table for flags, environment variables and `llm.authorizer` of the configuration.
 */

interface Setting {
  /** Environment variable of the stand-alone authorizer. */
  env: string;
  required?: boolean;
  fallback?: string;
  /** For `--help` and the docs. */
  help: string;
}

/** Every setting. The flag of `baseDomain` is `--base-domain`, its key in configuration `llm.authorizer.baseDomain`. */
export const AUTHORIZER_SETTINGS = {
  baseDomain: {
    env: 'LLM_BASE_DOMAIN',
    help: 'models are called at llm.<base> and llm-internal.<base>; required unless both hosts are named',
  },
  externalHost: {
    env: 'LLM_EXTERNAL_HOST',
    help: 'host of the external endpoint, if it is not llm.<base>',
  },
  internalHost: {
    env: 'LLM_INTERNAL_HOST',
    help: 'host of the internal endpoint, if it is not llm-internal.<base>',
  },
  port: {
    env: 'LLM_AUTHORIZER_PORT',
    fallback: '9002',
    help: 'where Envoy asks, over gRPC without TLS; 0 takes any free port',
  },
  host: {
    env: 'LLM_AUTHORIZER_HOST',
    help: 'address to listen on; all if absent',
  },
  oidcIssuerUrl: {
    env: 'LLM_OIDC_ISSUER_URL',
    help: 'issuer of tokens; without it only keys are accepted',
  },
  oidcAudience: {
    env: 'LLM_OIDC_AUDIENCE',
    help: 'audience that tokens must have; required with an issuer',
  },
  oidcJwksUri: {
    env: 'LLM_OIDC_JWKS_URI',
    help: "address of the issuer's keys, if discovery is not possible from here",
  },
  oidcUserClaim: {
    env: 'LLM_OIDC_USER_CLAIM',
    fallback: 'preferred_username',
    help: 'claim that holds the name of the user, who is user:default/<name> in lower case',
  },
  oidcGroupsClaim: {
    env: 'LLM_OIDC_GROUPS_CLAIM',
    fallback: 'groups',
    help: 'claim that holds the groups',
  },
  oidcClockSkewSeconds: {
    env: 'LLM_OIDC_CLOCK_SKEW_SECONDS',
    fallback: '30',
    help: "how far the issuer's clock may be off",
  },
  requireMember: {
    env: 'LLM_AUTHORIZER_REQUIRE_MEMBER',
    fallback: 'true',
    help: 'refuse tokens of people whom the portal does not know as members (any more)',
  },
  stalenessSeconds: {
    env: 'LLM_AUTHORIZER_STALENESS_SECONDS',
    fallback: '60',
    help: 'how long it goes on without the database, then refuses everybody',
  },
  clusterStalenessSeconds: {
    env: 'LLM_AUTHORIZER_CLUSTER_STALENESS_SECONDS',
    fallback: '3600',
    help: 'the same without the Kubernetes API, which tells of models and tenants',
  },
  pollMilliseconds: {
    env: 'LLM_AUTHORIZER_POLL_MILLISECONDS',
    fallback: '100',
    help: 'how often it asks the database for changes',
  },
  snapshotFile: {
    env: 'LLM_AUTHORIZER_SNAPSHOT_FILE',
    help: 'keeps what it knows there, to start without the database; none if absent',
  },
  snapshotKey: {
    env: 'LLM_AUTHORIZER_SNAPSHOT_KEY',
    help: 'key that the snapshot is signed with, at least 32 characters; required with a snapshot',
  },
} as const satisfies Record<string, Setting>;

/** Key of a setting. */
export type AuthorizerSettingName = keyof typeof AUTHORIZER_SETTINGS;

/** How tokens are verified. */
export interface TokenSettings {
  issuer: string;
  audience: string;
  /** Found by discovery if absent. */
  jwksUri?: string;
  userClaim: string;
  groupsClaim: string;
  clockSkewS: number;
}

/** Settings of the authorizer, complete. */
export interface AuthorizerSettings {
  hosts: { external: string; internal: string };
  listen: { port: number; host?: string };
  /** Absent where only keys are accepted. */
  tokens?: TokenSettings;
  requireMember: boolean;
  stalenessMs: number;
  clusterStalenessMs: number;
  pollMs: number;
  snapshot?: { file: string; key: string };
}

/** Names of all settings. */
export const authorizerSettingNames = Object.keys(AUTHORIZER_SETTINGS).filter(
  (name): name is AuthorizerSettingName => name in AUTHORIZER_SETTINGS,
);

/** A setting that is missing or can't work, by name and with the remedy. */
export class AuthorizerSettingError extends Error {
  constructor(name: AuthorizerSettingName, problem: string) {
    const { env, help } = AUTHORIZER_SETTINGS[name];
    super(`The authorizer can not start: ${name} (${env}) ${problem}: ${help}`);
    this.name = 'AuthorizerSettingError';
  }
}

/**
 * Reads and completes the settings.
 *
 * @throws AuthorizerSettingError naming the first that is missing or can't work
 */
export function readAuthorizerSettings(
  lookup: (name: AuthorizerSettingName) => string | undefined,
): AuthorizerSettings {
  const value = (name: AuthorizerSettingName): string | undefined => {
    const setting: Setting = AUTHORIZER_SETTINGS[name];
    return lookup(name)?.trim() || setting.fallback;
  };
  const needed = (name: AuthorizerSettingName): string => {
    const text = value(name);
    if (text === undefined) {
      throw new AuthorizerSettingError(name, 'is missing');
    }
    return text;
  };
  const whole = (name: AuthorizerSettingName, min = 0): number => {
    const number = Number(needed(name));
    if (!Number.isInteger(number) || number < min) {
      throw new AuthorizerSettingError(
        name,
        `must be a whole number, at least ${min}, not ${value(name)}`,
      );
    }
    return number;
  };
  const yesOrNo = (name: AuthorizerSettingName): boolean => {
    const text = needed(name);
    if (text !== 'true' && text !== 'false') {
      throw new AuthorizerSettingError(
        name,
        `must be true or false, not ${text}`,
      );
    }
    return text === 'true';
  };
  const hostOf = (name: 'externalHost' | 'internalHost', label: string) =>
    (value(name) ?? `${label}.${needed('baseDomain')}`).toLowerCase();
  return {
    hosts: {
      external: hostOf('externalHost', 'llm'),
      internal: hostOf('internalHost', 'llm-internal'),
    },
    listen: { port: whole('port'), host: value('host') },
    tokens:
      value('oidcIssuerUrl') === undefined
        ? undefined
        : {
            issuer: needed('oidcIssuerUrl'),
            audience: needed('oidcAudience'),
            jwksUri: value('oidcJwksUri'),
            userClaim: needed('oidcUserClaim'),
            groupsClaim: needed('oidcGroupsClaim'),
            clockSkewS: whole('oidcClockSkewSeconds'),
          },
    requireMember: yesOrNo('requireMember'),
    stalenessMs: whole('stalenessSeconds', 1) * 1000,
    clusterStalenessMs: whole('clusterStalenessSeconds', 1) * 1000,
    pollMs: whole('pollMilliseconds', 10),
    snapshot: readSnapshotSettings(value, needed),
  };
}

function readSnapshotSettings(
  value: (name: AuthorizerSettingName) => string | undefined,
  needed: (name: AuthorizerSettingName) => string,
): AuthorizerSettings['snapshot'] {
  const file = value('snapshotFile');
  if (file === undefined) {
    return undefined;
  }
  const key = needed('snapshotKey');
  if (key.length < 32) {
    throw new AuthorizerSettingError('snapshotKey', 'is too short');
  }
  return { file, key };
}
