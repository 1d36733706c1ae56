import { Clock, KubeClient, Logger, Timer } from '@slipway/controller';
import { Registry } from 'prom-client';
import { cannotTell } from './answers';
import { authorize, Shown, Verdict } from './authorize';
import { ClusterWorld } from './ClusterWorld';
import { Feed, FeedFollower } from './FeedFollower';
import { AuthorizerMetrics } from './metrics';
import { readCredential } from './request/credential';
import type { AuthorizerSettings } from './settings';
import { readSnapshotFile, SnapshotWriter } from './snapshotFile';
import type { FetchJson } from '../oidc/discovery';
import { TokenVerifier } from './tokens/TokenVerifier';
import type { CheckAnswer, CheckQuestion } from './types';
import { NoteUses, UseReports } from './UseReports';

/** What an {@link Authorizer} runs on. */
export interface AuthorizerDependencies {
  settings: AuthorizerSettings;
  /** The cluster: LLMModels and Tenants are watched. */
  client: KubeClient;
  /** Keys, grants, members and blocks. */
  feed: Feed;
  /** Where uses of keys are written down; nowhere if absent. */
  noteUses?: NoteUses;
  logger: Logger;
  clock: Clock;
  registry: Registry;
  /** How documents of the issuer are fetched; over HTTP if absent. */
  fetchJson?: FetchJson;
}

/** What `Retry-After` says, in seconds. */
const RETRY_AFTER_S = 10;

/** Why an authorizer can't judge: it has never known who may call what, or what it knows is too old. */
export type Unfit = { state: 'starting' | 'stale'; because: string };

/**
 * Judges requests by an index, a world and tokens that others keep up to date. While it can't know any more who may call what, it refuses
 * everybody.
 */
export class Authorizer {
  readonly #deps: AuthorizerDependencies;
  readonly #follower: FeedFollower;
  readonly #cluster: ClusterWorld;
  readonly #uses: UseReports | undefined;
  readonly #metrics: AuthorizerMetrics;
  readonly #tokens: TokenVerifier | undefined;
  #snapshotTimer: Timer | undefined;
  #snapshotWritten: Promise<void> = Promise.resolve();
  #stopped = false;

  /** Begins to learn; judges once it knows enough, see {@link unfit}. */
  static async start(deps: AuthorizerDependencies): Promise<Authorizer> {
    const { settings } = deps;
    const tokens =
      settings.tokens &&
      (await TokenVerifier.start({ ...deps, settings: settings.tokens }));
    const authorizer = new Authorizer(deps, tokens);
    authorizer.#cluster.start();
    authorizer.#follower.start(await authorizer.#readKept());
    authorizer.#uses?.start();
    authorizer.#keepSnapshots();
    return authorizer;
  }

  private constructor(
    deps: AuthorizerDependencies,
    tokens: TokenVerifier | undefined,
  ) {
    const { noteUses } = deps;
    this.#deps = deps;
    this.#tokens = tokens;
    this.#cluster = new ClusterWorld(deps);
    this.#uses = noteUses && new UseReports({ ...deps, noteUses });
    this.#follower = new FeedFollower({
      ...deps,
      pollMs: deps.settings.pollMs,
      onResync: () => this.#metrics.resynced(),
    });
    this.#metrics = new AuthorizerMetrics(deps.registry, () => ({
      indexAgeS: this.#follower.ageMs / 1000,
      clusterSilentS: this.#cluster.silentMs / 1000,
      revision: this.#follower.revision,
      entries: this.#follower.index?.size ?? 0,
      keys: this.#follower.index?.keys ?? 0,
      ready: this.unfit() === undefined,
    }));
  }

  /** Why it can't judge now; undefined while it can. */
  unfit(): Unfit | undefined {
    const { settings } = this.#deps;
    const { ageMs, problem } = this.#follower;
    if (!this.#follower.index) {
      return {
        state: 'starting',
        because: `keys and grants were not read yet${
          problem === undefined ? '' : `: ${problem}`
        }`,
      };
    }
    if (!this.#cluster.hasSynced) {
      return {
        state: 'starting',
        because: 'models and tenants were not read yet',
      };
    }
    if (ageMs > settings.stalenessMs) {
      return {
        state: 'stale',
        because: `keys and grants are as they were ${Math.round(
          ageMs / 1000,
        )} s ago: ${problem ?? 'the database does not answer'}`,
      };
    }
    const { silentMs } = this.#cluster;
    if (silentMs > settings.clusterStalenessMs) {
      return {
        state: 'stale',
        because: `models and tenants are as they were ${Math.round(
          silentMs / 1000,
        )} s ago: the Kubernetes API does not answer`,
      };
    }
    return undefined;
  }

  /** The revision of the feed that it has come to. */
  get revision(): number {
    return this.#follower.revision;
  }

  /** Something has changed: asks the database at once. */
  nudge(): void {
    this.#follower.nudge();
  }

  /** Judges a request; at once unless a token has to be verified. */
  readonly check = (
    question: CheckQuestion,
  ): CheckAnswer | Promise<CheckAnswer> => {
    const credential = readCredential(question.headers);
    if (credential.kind !== 'token') {
      return this.#judge(question, credential);
    }
    const identity = this.#tokens?.verify(credential.token);
    return identity instanceof Promise
      ? identity.then(ready =>
          this.#judge(question, { kind: 'token', identity: ready }),
        )
      : this.#judge(question, { kind: 'token', identity });
  };

  /** A fault of ours, without anything of the request. */
  readonly fault = (message: string): void => {
    this.#metrics.failed();
    this.#deps.logger.error(message);
  };

  /** Stops learning. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#snapshotTimer?.cancel();
    this.#tokens?.stop();
    await Promise.all([
      this.#snapshotWritten,
      this.#follower.stop(),
      this.#cluster.stop(),
      this.#uses?.stop(),
    ]);
  }

  #judge(question: CheckQuestion, shown: Shown): CheckAnswer {
    const { answer } = this.#verdict(question, shown);
    this.#metrics.checked(answer.pass ? 200 : answer.status);
    return answer;
  }

  #verdict(question: CheckQuestion, shown: Shown): Verdict {
    const { clock, settings } = this.#deps;
    const { index } = this.#follower;
    if (!index || this.unfit()) {
      return { answer: cannotTell(RETRY_AFTER_S) };
    }
    const now = clock.wallMs();
    const verdict = authorize(
      question,
      shown,
      { index, world: this.#cluster.world, now },
      { ...settings, retryAfterS: RETRY_AFTER_S },
    );
    const key = verdict.caller?.key;
    if (key) {
      this.#uses?.note(index, key, now);
    }
    return verdict;
  }

  async #readKept() {
    const { clock, logger, settings } = this.#deps;
    if (!settings.snapshot) {
      return undefined;
    }
    try {
      const kept = await readSnapshotFile(settings.snapshot, {
        now: new Date(clock.wallMs()),
        maxAgeMs: settings.stalenessMs,
      });
      if (kept) {
        logger.info('started with a snapshot', {
          revision: kept.revision,
          ageSeconds: Math.round(kept.ageMs / 1000),
        });
      }
      return kept;
    } catch (error) {
      logger.warn(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Three times within the bound, so that one that fails does not matter. */
  #keepSnapshots(): void {
    const { clock, logger, settings } = this.#deps;
    if (!settings.snapshot) {
      return;
    }
    const writer = new SnapshotWriter(settings.snapshot);
    const write = async () => {
      const { ageMs, index, revision } = this.#follower;
      if (index && ageMs < settings.stalenessMs) {
        const heardAt = new Date(clock.wallMs() - ageMs);
        await writer.write({ index, revision }, heardAt);
      }
    };
    const later = () => {
      if (this.#stopped) {
        return;
      }
      this.#snapshotTimer = clock.setTimer(settings.stalenessMs / 3, () => {
        this.#snapshotWritten = write()
          .catch(error =>
            logger.warn(`the snapshot can't be written: ${error.message}`),
          )
          .then(later);
      });
    };
    later();
  }
}
