import { ApiFailure } from '../types';
import { DownloadRefusal } from '../world/programs/huggingFace';
import { World } from '../world/world';
import {
  BodyError,
  optional,
  Parsed,
  parseFields,
  text,
  oneOf,
  wholeNumber,
} from './parseBody';
import {
  OpenConnections,
  RequestFacts,
  RequestFault,
  WatchFilter,
} from './requestFaults';
import { RequestFaultList } from './requestFaultList';

/** What faults act on. */
export interface FaultTargets {
  world: World;
  server: OpenConnections & { compactHistory(): void };
  requests: RequestFaultList;
}

/** A fault that has been put in place. */
export interface AppliedFault {
  /** What it did at once, e.g. how many watches it ended. */
  did?: Record<string, unknown>;
  /** Undoes it. Absent for what is over as soon as it is done. */
  heal?: () => void;
  /** Whether it has spent itself. */
  isOver?: () => boolean;
}

/** One kind of fault: what it takes and what it does. */
export interface FaultKind {
  summary: string;
  /** An example body. */
  example: Record<string, unknown>;
  /** @throws BodyError naming the field that is wrong. */
  apply(body: Parsed, targets: FaultTargets): AppliedFault;
}

const verbs = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
] as const;
const writes = [
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
] as const;
const downloadReasons: readonly DownloadRefusal[] = [
  'SourceForbidden',
  'SourceNotFound',
  'SourceUnreachable',
  'DiskFull',
  'Failed',
];

/** Fields that choose requests. Absent ones match everything. */
const selectors = {
  verb: optional(oneOf(verbs)),
  group: optional(text),
  plural: optional(text),
  namespace: optional(text),
  name: optional(text),
  user: optional(text),
  times: optional(wholeNumber(1)),
};

type Selection = ReturnType<typeof parseFields<typeof selectors>>;

function requestFault(
  { requests }: FaultTargets,
  { times, ...match }: Selection,
  fault: (facts: RequestFacts) => RequestFault,
  only?: readonly string[],
): AppliedFault {
  const entry = requests.add({ match, times, fault, only });
  return { heal: () => requests.remove(entry), isOver: () => entry.left === 0 };
}

const conflict: FaultKind = {
  summary:
    'The next matching update, patch or delete answers 409 Conflict. times: how many (1)',
  example: { type: 'conflict', plural: 'llmmodels', times: 1 },
  apply(body, targets) {
    const selection = parseFields(body, selectors);
    const answer = ({ group, plural, name = '' }: RequestFacts) => {
      const resource = group ? `${plural}.${group}` : plural;
      const message = `Operation cannot be fulfilled on ${resource} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
      return {
        failure: new ApiFailure(409, 'Conflict', message, {
          name,
          group: group || undefined,
          kind: plural,
        }),
      };
    };
    return requestFault(
      targets,
      { ...selection, times: selection.times ?? 1 },
      answer,
      writes,
    );
  },
};

const failures: Record<number, [reason: string, message: string]> = {
  403: ['Forbidden', 'forbidden by a fault of the sandbox'],
  429: ['TooManyRequests', 'Too many requests, please try again later.'],
  500: ['InternalError', 'Internal error occurred: a fault of the sandbox'],
  503: [
    'ServiceUnavailable',
    'the server is currently unable to handle the request',
  ],
  504: [
    'Timeout',
    'Timeout: request did not complete within the allotted timeout',
  ],
};

const error: FaultKind = {
  summary: `Matching requests answer with a failure. code: ${Object.keys(
    failures,
  ).join(', ')}; times: how many (all)`,
  example: { type: 'error', code: 503, plural: 'secrets', times: 3 },
  apply(body, targets) {
    const { code, ...selection } = parseFields(body, {
      ...selectors,
      code: wholeNumber(400),
    });
    const failure = failures[code];
    if (!failure)
      throw new BodyError(
        'code',
        `must be one of ${Object.keys(failures).join(', ')}`,
      );
    const [reason, message] = failure;
    const headers =
      code === 429 || code === 503 ? { 'retry-after': '1' } : undefined;
    return requestFault(targets, selection, () => ({
      failure: new ApiFailure(code, reason, message, undefined, headers),
    }));
  },
};

const slow: FaultKind = {
  summary:
    'Matching requests are answered after delayMs milliseconds. times: how many (all)',
  example: { type: 'slow', delayMs: 2000, verb: 'patch' },
  apply(body, targets) {
    const { delayMs, ...selection } = parseFields(body, {
      ...selectors,
      delayMs: wholeNumber(1),
    });
    return requestFault(targets, selection, () => ({ delayMs }));
  },
};

const drop: FaultKind = {
  summary:
    'Connections of the next matching requests are closed without an answer. times: how many (1)',
  example: { type: 'drop', verb: 'create', plural: 'jobs' },
  apply(body, targets) {
    const selection = parseFields(body, selectors);
    return requestFault(
      targets,
      { ...selection, times: selection.times ?? 1 },
      () => ({ drop: true }),
    );
  },
};

const watchFilter = {
  group: optional(text),
  plural: optional(text),
  namespace: optional(text),
};

const expireWatches: FaultKind = {
  summary:
    'Matching watches that are open now end with 410 Expired; with compact: true older versions are forgotten too',
  example: { type: 'expire-watches', plural: 'llmmodels' },
  apply(body, { server }) {
    const { compact, ...filter } = parseFields(body, {
      ...watchFilter,
      compact: optional(oneOf([true, false])),
    });
    if (compact) server.compactHistory();
    return { did: { watches: server.expireWatches(filter) } };
  },
};

const dropConnections: FaultKind = {
  summary:
    'Open connections are closed now: of matching watches, or all without a filter',
  example: { type: 'drop-connections' },
  apply(body, { server }) {
    const filter: WatchFilter = parseFields(body, watchFilter);
    const all = Object.values(filter).every(value => value === undefined);
    return {
      did: { connections: server.dropConnections(all ? undefined : filter) },
    };
  },
};

const download: FaultKind = {
  summary: `Downloads of a repository fail. reason: ${downloadReasons.join(
    ', ',
  )}`,
  example: {
    type: 'download',
    repository: 'Qwen/Qwen3-8B',
    reason: 'SourceUnreachable',
  },
  apply(body, { world }) {
    const { repository, reason } = parseFields(body, {
      repository: text,
      reason: oneOf(downloadReasons),
    });
    return { heal: world.hub.fail(repository, reason) };
  },
};

const image: FaultKind = {
  summary: 'Images whose name contains the text can not be pulled',
  example: { type: 'image', image: 'ghcr.io/llm-d/llm-d-cuda' },
  apply(body, { world }) {
    const { image: part } = parseFields(body, { image: text });
    const mend = world.images.breakImages(part);
    return {
      heal: () => {
        mend();
        world.kubelet.retryImages();
      },
    };
  },
};

const nodeGone: FaultKind = {
  summary: 'A node stops answering, until the fault is deleted',
  example: { type: 'node-gone', node: 'gpu-a-1' },
  apply(body, { world }) {
    const { node } = parseFields(body, { node: text });
    if (!world.nodes.isUp(node))
      throw new BodyError(
        'node',
        `${node} does not exist or is gone already; see kubectl get nodes`,
      );
    world.nodes.lose(node);
    return { heal: () => world.nodes.restore(node) };
  },
};

const downloadSize: FaultKind = {
  summary: 'Sets the size of a repository: bytes, files (12), gated (false)',
  example: {
    type: 'download-size',
    repository: 'Qwen/Qwen3-8B',
    bytes: 50_000_000_000,
    files: 20,
  },
  apply(body, { world }) {
    const fields = parseFields(body, {
      repository: text,
      bytes: wholeNumber(1),
      files: optional(wholeNumber(1)),
      gated: optional(oneOf([true, false])),
    });
    const { repository: id, bytes, files = 12, gated = false } = fields;
    return { heal: world.hub.set({ id, bytes, files, gated }) };
  },
};

const downloadSpeed: FaultKind = {
  summary: 'Sets the speed of each download, before the scale of delays',
  example: { type: 'download-speed', bytesPerSecond: 100_000_000 },
  apply(body, { world }) {
    const { bytesPerSecond } = parseFields(body, {
      bytesPerSecond: wholeNumber(1),
    });
    const before = world.hub.bytesPerSecond;
    world.hub.bytesPerSecond = bytesPerSecond;
    return {
      heal: () => {
        world.hub.bytesPerSecond = before;
      },
    };
  },
};

/** All kinds of faults by the `type` of their body. */
export const faultKinds: ReadonlyMap<string, FaultKind> = new Map([
  ['conflict', conflict],
  ['error', error],
  ['slow', slow],
  ['drop', drop],
  ['expire-watches', expireWatches],
  ['drop-connections', dropConnections],
  ['download', download],
  ['download-size', downloadSize],
  ['download-speed', downloadSpeed],
  ['image', image],
  ['node-gone', nodeGone],
]);
