import { createHash } from 'node:crypto';
import { VolumeContent } from '../storage/volumeStore';
import { DownloadRefusal, HuggingFace, Repository } from './huggingFace';
import { Program, ProgramContext, ProgramHandle } from './program';

/** Exit code of a process that SIGTERM ended. */
const TERMINATED = 143;
/** Exit codes after which the same input need not be tried again; all other failures exit with 1. */
const PERMANENT: Partial<Record<DownloadRefusal, number>> = {
  SourceForbidden: 13,
  SourceNotFound: 14,
  DiskFull: 15,
};
/** Progress lines of a download. */
const STEPS = 10;

/** A path on a volume. */
interface Place {
  volume: VolumeContent;
  path: string;
}

interface Download {
  id: string;
  repository: Repository;
  directory: Place;
  marker: Place;
  /** What the program leaves behind: in the marker, in its last line and as its termination message. */
  result: Record<string, unknown>;
}

/**
 * The download of weights as the operator's program does it: told by `MODEL_ID`, `MODEL_REVISION`, `MODEL_DIR`, `MODEL_MARKER` and
 * `HF_TOKEN`; reports as JSON lines; leaves its result, or `{"reason","message"}`, as termination message.
 */
export function modelDownloader(hub: HuggingFace): Program {
  return context => {
    const download = prepare(context, hub);
    if (!download) return undefined;
    const { marker, directory } = download;
    const known = marker.volume.files.get(marker.path);
    if (known !== undefined && directory.volume.weights.has(directory.path)) {
      finish(context, JSON.parse(known));
      return undefined;
    }
    return fetchAll(context, hub, download);
  };
}

/** What downloads make: a directory that ends in 8 hex, and a marker beside it. Everything else on a volume is somebody else's. */
const MADE_BY_DOWNLOADS = /^(.+-[0-9a-f]{8}|\.[0-9a-f]{8}\.complete(\.tmp)?)$/;

/** The same program told to `clean`: removes what downloads left on the volume but `MODEL_DIR` and `MODEL_MARKER`. */
export const modelCleaner: Program = context => {
  const { MODEL_VOLUME, MODEL_DIR = '', MODEL_MARKER = '' } = context.env;
  const place = context.locate(MODEL_VOLUME ?? '');
  if (!place) {
    refuse(
      context,
      'Failed',
      `No volume is mounted at MODEL_VOLUME (${MODEL_VOLUME}).`,
    );
    return;
  }
  const kept = [MODEL_DIR, MODEL_MARKER].map(
    path => path.split('/').at(-1) ?? '',
  );
  const { weights, files } = place.volume;
  const entries = [...files.keys(), ...weights.keys()].map(
    path => path.split('/')[0],
  );
  for (const name of new Set(entries)) {
    if (kept.includes(name) || !MADE_BY_DOWNLOADS.test(name)) continue;
    for (const content of [files, weights]) {
      for (const path of content.keys())
        if (path.split('/')[0] === name) content.delete(path);
    }
    emit(context, 'removed', { name });
  }
  finish(context, { kept: kept.sort() });
};

const refusedWith: Readonly<Record<number, DownloadRefusal>> = {
  401: 'SourceForbidden',
  403: 'SourceForbidden',
  404: 'SourceNotFound',
};

/** Everything that can be wrong before the first byte. */
function prepare(
  context: ProgramContext,
  hub: HuggingFace,
): Download | undefined {
  const {
    MODEL_ID: id,
    MODEL_REVISION: revision,
    MODEL_DIR,
    MODEL_MARKER,
    HF_TOKEN,
  } = context.env;
  if (!id || !MODEL_DIR || !MODEL_MARKER) {
    return refuse(
      context,
      'Failed',
      'MODEL_ID, MODEL_DIR and MODEL_MARKER must be set.',
    );
  }
  const directory = context.locate(MODEL_DIR);
  const marker = context.locate(MODEL_MARKER);
  if (!directory || !marker)
    return refuse(context, 'Failed', `No volume is mounted at ${MODEL_DIR}.`);
  const here = marker.volume.files.has(marker.path);
  const repository = hub.find(id);
  const status = here ? 200 : hub.answer(id, HF_TOKEN);
  const failure = hub.failureOf(id) ?? refusedWith[status];
  const asked = revision ? `${id} at revision ${revision}` : id;
  if (failure)
    return refuse(context, failure, explain(failure, asked, context.env));
  if (!repository)
    return refuse(
      context,
      'SourceNotFound',
      explain('SourceNotFound', asked, context.env),
    );
  const free = roomFor(directory);
  if (!here && repository.bytes > free)
    return refuse(context, 'DiskFull', diskFull(repository, free));
  const commit = createHash('sha1').update(asked).digest('hex');
  const { bytes, files } = repository;
  return {
    id,
    repository,
    directory,
    marker,
    result: { model: id, revision: commit, bytes, files },
  };
}

/** Bytes that fit beside what others have put there; what is in the directory is resumed. */
function roomFor({ volume, path }: Place): number {
  return volume.capacity - volume.used + (volume.weights.get(path)?.bytes ?? 0);
}

function fetchAll(
  context: ProgramContext,
  hub: HuggingFace,
  download: Download,
): ProgramHandle {
  const { id, directory, marker, repository, result } = download;
  const put = (bytes: number) => {
    const complete = bytes === repository.bytes;
    directory.volume.weights.set(directory.path, {
      bytes,
      complete,
      modelId: id,
    });
    report(context, repository, bytes);
  };
  const done = directory.volume.weights.get(directory.path)?.bytes ?? 0;
  let step = Math.floor((STEPS * done) / repository.bytes);
  const next = () => {
    const failure = hub.failureOf(id);
    if (failure) {
      refuse(context, failure, explain(failure, id, context.env));
      return;
    }
    step += 1;
    put(
      step >= STEPS
        ? repository.bytes
        : Math.round((repository.bytes * step) / STEPS),
    );
    if (step < STEPS) {
      context.after(stepMs(hub, repository), next);
      return;
    }
    marker.volume.files.set(marker.path, JSON.stringify(result));
    finish(context, result);
  };
  report(context, repository, done);
  context.after(stepMs(hub, repository), next);
  return { terminatedExitCode: TERMINATED };
}

function stepMs(hub: HuggingFace, repository: Repository): number {
  return (repository.bytes / hub.bytesPerSecond / STEPS) * 1000;
}

function report(
  context: ProgramContext,
  { bytes, files }: Repository,
  bytesDone: number,
): void {
  const filesDone = Math.floor((files * bytesDone) / bytes);
  const shard = String(Math.min(filesDone + 1, files)).padStart(5, '0');
  emit(context, 'progress', {
    bytesDone,
    bytesTotal: bytes,
    filesDone,
    filesTotal: files,
    file: `model-${shard}-of-${String(files).padStart(5, '0')}.safetensors`,
  });
}

function emit(
  context: ProgramContext,
  event: string,
  fields: Record<string, unknown>,
): void {
  const time = `${new Date(context.now()).toISOString().slice(0, 19)}Z`;
  context.log(JSON.stringify({ time, event, ...fields }));
}

function finish(
  context: ProgramContext,
  result: Record<string, unknown>,
): void {
  emit(context, 'done', result);
  context.exit(0, JSON.stringify(result));
}

function refuse(
  context: ProgramContext,
  reason: DownloadRefusal,
  message: string,
): undefined {
  emit(context, 'failed', { reason, message });
  context.exit(PERMANENT[reason] ?? 1, JSON.stringify({ reason, message }));
  return undefined;
}

function explain(
  reason: DownloadRefusal,
  asked: string,
  env: Readonly<Record<string, string>>,
): string {
  const secret = env.MODEL_AUTH_SECRET
    ? `the account behind the Secret ${env.MODEL_AUTH_SECRET}`
    : 'an account';
  switch (reason) {
    case 'SourceForbidden':
      return env.HF_TOKEN
        ? `the source answered 403 for ${asked}: accept its licence with ${secret}, or put another token under HF_TOKEN`
        : `the source answered 401 for ${asked}: name a Secret with a token under HF_TOKEN in spec.model.authSecretName`;
    case 'SourceNotFound':
      return `the source answered 404 for ${asked}: correct spec.model.name, or use a token that may see it`;
    case 'SourceUnreachable':
      return `the source could not be reached for ${asked} (ConnectError: [Errno -3] Temporary failure in name resolution): check the cluster's way to it`;
    case 'DiskFull':
      return `the volume is full while fetching ${asked}: raise spec.model.storage.size`;
    default:
      return `OSError: Consistency check failed for ${asked}`;
  }
}

function diskFull({ id, bytes }: Repository, free: number): string {
  return `${id} needs ${gib(bytes)} but the volume has room for ${gib(
    free,
  )} beside the weights that are still served: raise spec.model.storage.size`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
