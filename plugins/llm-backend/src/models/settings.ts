import { AuthorizerService, Platform } from './platform';

/** Settings of the operator, as text or already as values; from flags, environment variables or configuration. */
export type SettingLookup = (setting: SettingName) => string | undefined;

interface Setting {
  /** Environment variable; those of the reference operator keep their names. */
  env: string;
  required?: boolean;
  fallback?: string;
  /** For `--help` and the docs. */
  help: string;
}

const SERVING_IMAGE = 'ghcr.io/llm-d/llm-d-cuda:v0.7.0';
const PICKER_IMAGE = 'ghcr.io/llm-d/llm-d-inference-scheduler:v0.8.0';
const GATEWAY_NAMESPACE = 'envoy-gateway-system';

/** Every setting of the operator. The flag of `baseDomain` is `--base-domain`, its key in configuration `baseDomain`. */
export const SETTINGS = {
  baseDomain: {
    env: 'LLM_BASE_DOMAIN',
    required: true,
    help: 'models answer at llm.<base> and llm-internal.<base>',
  },
  externalGatewayName: {
    env: 'LLM_EXTERNAL_GATEWAY_NAME',
    required: true,
    help: 'Gateway of the external endpoint',
  },
  externalGatewayNamespace: {
    env: 'LLM_EXTERNAL_GATEWAY_NAMESPACE',
    fallback: GATEWAY_NAMESPACE,
    help: 'its namespace',
  },
  externalListener: {
    env: 'LLM_EXTERNAL_LISTENER',
    fallback: 'llm-https',
    help: 'its listener',
  },
  internalGatewayName: {
    env: 'LLM_INTERNAL_GATEWAY_NAME',
    required: true,
    help: 'Gateway of the internal endpoint',
  },
  internalGatewayNamespace: {
    env: 'LLM_INTERNAL_GATEWAY_NAMESPACE',
    fallback: GATEWAY_NAMESPACE,
    help: 'its namespace',
  },
  internalListener: {
    env: 'LLM_INTERNAL_LISTENER',
    fallback: 'llm-internal-https',
    help: 'its listener',
  },
  externalUrl: {
    env: 'LLM_EXTERNAL_URL',
    help: 'public base URL of the external endpoint, if it is not https://llm.<base>',
  },
  internalUrl: {
    env: 'LLM_INTERNAL_URL',
    help: 'public base URL of the internal endpoint, if it is not https://llm-internal.<base>',
  },
  oidcIssuerUrl: {
    env: 'LLM_OIDC_ISSUER_URL',
    required: true,
    help: 'issuer of the tokens for the internal endpoint',
  },
  oidcJwksUri: {
    env: 'LLM_OIDC_JWKS_URI',
    help: 'address of its keys, if discovery is not possible from the operator',
  },
  oidcAudience: {
    env: 'LLM_OIDC_AUDIENCE',
    help: 'audience that tokens must have; not checked if absent',
  },
  oidcGroupsClaim: {
    env: 'LLM_OIDC_GROUPS_CLAIM',
    fallback: 'groups',
    help: 'claim that holds the groups',
  },
  defaultServingImage: {
    env: 'LLM_DEFAULT_SERVING_IMAGE',
    fallback: SERVING_IMAGE,
    help: 'image of the servers',
  },
  defaultEppImage: {
    env: 'LLM_DEFAULT_EPP_IMAGE',
    fallback: PICKER_IMAGE,
    help: 'image of the endpoint pickers',
  },
  modelDownloaderImage: {
    env: 'LLM_MODEL_DOWNLOADER_IMAGE',
    help: 'image of the downloads (Python 3, huggingface_hub); the serving image if absent',
  },
  defaultStorageClassName: {
    env: 'LLM_DEFAULT_STORAGE_CLASS_NAME',
    help: 'storage class of claims that name none',
  },
  huggingFaceEndpoint: {
    env: 'LLM_HF_ENDPOINT',
    help: 'a mirror of huggingface.co',
  },
  imageVolumes: {
    env: 'LLM_OCI_IMAGE_VOLUMES',
    fallback: 'false',
    help: 'mount OCI weights as image volumes',
  },
  monitoringNamespace: {
    env: 'LLM_MONITORING_NAMESPACE',
    fallback: 'monitoring',
    help: 'namespace that may scrape metrics',
  },
  defaultDeny: {
    env: 'LLM_DEFAULT_DENY',
    fallback: 'true',
    help: 'keep a policy on both listeners that lets nobody through by default',
  },
  authorizer: {
    env: 'LLM_AUTHORIZER',
    help: 'Service of the authorizer, <namespace>/<name>:<port>: it is asked about every request; if absent, the gateway judges tokens itself and the external endpoint is closed',
  },
  podNamespace: {
    env: 'POD_NAMESPACE',
    fallback: 'default',
    help: 'namespace of the Lease for leader election',
  },
} as const satisfies Record<string, Setting>;

/** Key of a setting. */
export type SettingName = keyof typeof SETTINGS;

/** Settings of the operator, complete. */
export interface OperatorSettings {
  /** Without the keys' address, which discovery finds. */
  platform: Platform;
  /** Keep a policy on both listeners that lets nobody through by default. */
  defaultDeny: boolean;
  /** Namespace of the Lease. */
  namespace: string;
}

/** Thrown when required settings are missing, with all of them. */
export class MissingSettingsError extends Error {
  constructor(readonly missing: SettingName[]) {
    super(
      `The operator can not start, settings are missing:\n${missing
        .map(
          name =>
            `  ${SETTINGS[name].env} (${flagOf(name)}): ${SETTINGS[name].help}`,
        )
        .join('\n')}`,
    );
    this.name = 'MissingSettingsError';
  }
}

/** The command line flag of a setting. */
export function flagOf(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
}

/**
 * Reads and completes the settings.
 *
 * @throws MissingSettingsError that names every required setting that is missing; Error for one that can't be right
 */
export function readSettings(lookup: SettingLookup): OperatorSettings {
  const value = (name: SettingName): string | undefined => {
    const setting: Setting = SETTINGS[name];
    return lookup(name)?.trim() || setting.fallback;
  };
  const names = Object.keys(SETTINGS).filter(isSettingName);
  const missing = names.filter(
    name => isRequired(name) && value(name) === undefined,
  );
  if (missing.length > 0) {
    throw new MissingSettingsError(missing);
  }
  const text = (name: SettingName): string => value(name) ?? '';
  const base = text('baseDomain');
  const authorizer = readAuthorizer(value('authorizer'));
  const defaultDeny = isOn(text('defaultDeny'));
  if (authorizer && !defaultDeny) {
    throw new Error(
      `${SETTINGS.defaultDeny.env} (${flagOf(
        'defaultDeny',
      )}) must not be false when ${
        SETTINGS.authorizer.env
      } is set: the policy on the listeners is what asks the authorizer. Leave it out.`,
    );
  }
  const hosts = { external: `llm.${base}`, internal: `llm-internal.${base}` };
  return {
    defaultDeny,
    namespace: text('podNamespace'),
    platform: {
      external: {
        name: text('externalGatewayName'),
        namespace: text('externalGatewayNamespace'),
        listener: text('externalListener'),
        hostname: hosts.external,
      },
      internal: {
        name: text('internalGatewayName'),
        namespace: text('internalGatewayNamespace'),
        listener: text('internalListener'),
        hostname: hosts.internal,
      },
      urls: {
        external: value('externalUrl') ?? `https://${hosts.external}`,
        internal: value('internalUrl') ?? `https://${hosts.internal}`,
      },
      oidc: {
        issuer: text('oidcIssuerUrl'),
        jwksUri: value('oidcJwksUri'),
        audience: value('oidcAudience'),
        groupsClaim: text('oidcGroupsClaim'),
      },
      images: {
        serving: text('defaultServingImage'),
        endpointPicker: text('defaultEppImage'),
        downloader: value('modelDownloaderImage'),
      },
      ...(authorizer ? { authorizer } : {}),
      storageClassName: value('defaultStorageClassName'),
      monitoringNamespace: text('monitoringNamespace'),
      imageVolumes: isOn(text('imageVolumes')),
      huggingFaceEndpoint: value('huggingFaceEndpoint'),
    },
  };
}

/** `<namespace>/<name>:<port>` of a Service. */
function readAuthorizer(
  text: string | undefined,
): AuthorizerService | undefined {
  if (text === undefined) {
    return undefined;
  }
  const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
  const match = new RegExp(`^(${label})/(${label}):([0-9]{1,5})$`).exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65535) {
    throw new Error(
      `${SETTINGS.authorizer.env} (${flagOf('authorizer')}) is ${JSON.stringify(
        text,
      )}: write <namespace>/<name of the Service>:<port>, such as slipway-system/slipway-authorizer:9002.`,
    );
  }
  return { namespace: match[1], name: match[2], port };
}

function isRequired(name: SettingName): boolean {
  const setting: Setting = SETTINGS[name];
  return setting.required === true;
}

function isSettingName(name: string): name is SettingName {
  return name in SETTINGS;
}

function isOn(text: string): boolean {
  return ['true', '1', 'yes', 'on'].includes(text.toLowerCase());
}
