import {
  Clock,
  KubeClient,
  Logger,
  silentLogger,
  startStatusServer,
  systemClock,
} from '@slipway/controller';
import { Registry } from 'prom-client';
import { Authorizer, AuthorizerDependencies } from './Authorizer';
import type { Feed } from './FeedFollower';
import { CheckServer } from './grpc/CheckServer';
import type { AuthorizerSettings } from './settings';
import type { NoteUses } from './UseReports';

/** What {@link startAuthorizer} needs. */
export interface StartAuthorizerOptions {
  settings: AuthorizerSettings;
  /** The cluster: LLMModels and Tenants are watched. */
  client: KubeClient;
  /** Keys, grants, members and blocks: a `ChangeFeed`. */
  feed: Feed;
  /** Where uses of keys are written down; nowhere if absent. */
  noteUses?: NoteUses;
  logger?: Logger;
  clock?: Clock;
  /** Where its metrics are added; to one of its own if absent. */
  registry?: Registry;
  /** Serves `/healthz`, `/readyz` and `/metrics`; nothing is served if absent. */
  status?: { port: number; host?: string };
  /** How documents of the issuer are fetched; over HTTP if absent. */
  fetchJson?: AuthorizerDependencies['fetchJson'];
}

/** A running authorizer. */
export interface RunningAuthorizer {
  /** Where Envoy asks. */
  readonly port: number;
  /** Where the status server listens. */
  readonly statusPort: number | undefined;
  /** Why it refuses everybody now; undefined while it judges. */
  readonly unfit: string | undefined;
  /** The revision of the feed that it has come to. */
  readonly revision: number;
  /** Something has changed: asks the database at once. */
  nudge(): void;
  /** Lets questions under way be answered, and ends. */
  stop(): Promise<void>;
}

/** The largest body that Envoy shows (`bodyToExtAuth.maxRequestBytes`), in bytes. */
export const MAX_BODY_BYTES = 33_554_432;
/** What else Envoy says about a request fits into this. */
const MAX_REST_BYTES = 1_048_576;
/** Bodies that may be in memory at once, in bytes. */
const MAX_BUFFERED_BYTES = 8 * MAX_BODY_BYTES;

/**
 * Starts an authorizer: it listens at once, and refuses everybody until it knows who may call what.
 *
 * @throws Error when a port is taken
 */
export async function startAuthorizer(
  options: StartAuthorizerOptions,
): Promise<RunningAuthorizer> {
  const {
    logger = silentLogger,
    clock = systemClock,
    registry = new Registry(),
    settings,
  } = options;
  const authorizer = await Authorizer.start({
    ...options,
    logger,
    clock,
    registry,
  });
  const server = await CheckServer.start({
    ...settings.listen,
    check: authorizer.check,
    onFault: authorizer.fault,
    maxMessageBytes: MAX_BODY_BYTES + MAX_REST_BYTES,
    maxBufferedBytes: MAX_BUFFERED_BYTES,
  }).catch(async error => {
    await authorizer.stop();
    throw error;
  });
  const unfit = () => {
    const found = authorizer.unfit();
    return found && `${found.state}: ${found.because}`;
  };
  const status =
    options.status &&
    (await startStatusServer(
      {
        healthy: () => true,
        ready: () => unfit() === undefined,
        notReadyBecause: unfit,
        metrics: async () => ({
          contentType: registry.contentType,
          text: await registry.metrics(),
        }),
      },
      options.status,
    ));
  return {
    get port() {
      return server.port;
    },
    get statusPort() {
      return status?.port;
    },
    get unfit() {
      return unfit();
    },
    get revision() {
      return authorizer.revision;
    },
    nudge: () => authorizer.nudge(),
    stop: async () => {
      await server.stop();
      await authorizer.stop();
      await status?.close();
    },
  };
}
