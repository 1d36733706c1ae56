import { Advice } from './say.mjs';

/** The portal's port when none is set. */
export const DEFAULT_PORTAL_PORT = 7007;

/** What each port is for, the environment variable that sets it, and its default. */
const settings = {
  portal: ['SLIPWAY_PORTAL_PORT', DEFAULT_PORTAL_PORT],
  'Kubernetes API': ['SLIPWAY_API_PORT', 16443],
  gateway: ['SLIPWAY_GATEWAY_PORT', 18443],
  'identity provider': ['SLIPWAY_OIDC_PORT', 18080],
  'sandbox admin': ['SLIPWAY_ADMIN_PORT', 18081],
  authorizer: ['SLIPWAY_AUTHORIZER_PORT', 18090],
};

function portOf(env, setting, fallback) {
  const text = env[setting] ?? '';
  if (text === '') {
    return fallback;
  }
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Advice(
      `${setting}=${text} is not a port. Give a number from 1 to 65535.`,
    );
  }
  return port;
}

/**
 * The ports of `npm start` by what they are for: `{ port, setting }`, with the environment variable that changes it.
 *
 * @throws Advice naming the setting that is no port, or the two that are the same
 */
export function readPorts(env) {
  const taken = new Map();
  return Object.fromEntries(
    Object.entries(settings).map(([purpose, [setting, fallback]]) => {
      const port = portOf(env, setting, fallback);
      if (taken.has(port)) {
        throw new Advice(
          `${taken.get(
            port,
          )} and ${setting} are both ${port}. Give each a port of its own.`,
        );
      }
      taken.set(port, setting);
      return [purpose, { setting, port }];
    }),
  );
}
