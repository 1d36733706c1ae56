import type { RootConfigService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import type { ModelDetail } from '@slipway/plugin-llm-common';
import type { TokenSettings } from './view/TokenGuide';

/** What a process can do. */
export type Role = 'portal' | 'controller' | 'authorizer';

const allRoles: readonly Role[] = ['portal', 'controller', 'authorizer'];

function isRole(role: string): role is Role {
  return allRoles.some(known => known === role);
}

/**
 * The roles of this process, from `llm.roles`; all if absent, but `authorizer` only where `llm.authorizer` has settings for it.
 *
 * @throws InputError when a role is not known
 */
export function readRoles(config: RootConfigService): Set<Role> {
  const roles =
    config.getOptionalStringArray('llm.roles') ??
    allRoles.filter(
      role => role !== 'authorizer' || config.has('llm.authorizer'),
    );
  const known = roles.filter(isRole);
  if (known.length < roles.length) {
    const unknown = roles.filter(role => !isRole(role)).join(', ');
    throw new InputError(
      `llm.roles: ${unknown} is not a role. The roles are ${allRoles.join(
        ', ',
      )}.`,
    );
  }
  return new Set(known);
}

/** Where people get a token for the internal endpoint, from `llm.token`. */
export function readTokenSettings(
  config: RootConfigService,
): TokenSettings | undefined {
  const token = config.getOptionalConfig('llm.token');
  return (
    token && {
      issuer: token.getString('issuer'),
      audience: token.getOptionalString('audience'),
      clientId: token.getOptionalString('clientId'),
    }
  );
}

/** Base URLs at which models answer, from `llm.endpoints`. */
export function readAddresses(
  config: RootConfigService,
): ModelDetail['addresses'] {
  const endpoint = (name: string) => {
    const url = config.getOptionalString(`llm.endpoints.${name}`);
    return url && `${url.replace(/\/+$/, '')}/v1`;
  };
  return { external: endpoint('external'), internal: endpoint('internal') };
}

/**
 * Looks settings up in a section of the configuration and, where that is silent, in the environment variables of the stand-alone process.
 *
 * @throws InputError when the section names a setting that does not exist
 */
export function settingsOf<N extends string>(
  config: RootConfigService,
  section: string,
  settings: Record<N, { env: string }>,
): (name: N) => string | undefined {
  const configured = config.getOptionalConfig(section);
  const unknown = configured?.keys().find(key => !Object.hasOwn(settings, key));
  if (unknown !== undefined) {
    throw new InputError(
      `${section}.${unknown}: there is no such setting. There are: ${Object.keys(
        settings,
      ).join(', ')}.`,
    );
  }
  return name => {
    const value = configured?.getOptional(name);
    return value === undefined
      ? process.env[settings[name].env]
      : String(value);
  };
}
