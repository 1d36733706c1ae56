import { VolumeContent } from '../storage/volumeStore';
import { DownloadRefusal, HuggingFace, Repository } from './huggingFace';
import { Program, ProgramContext, ProgramHandle } from './program';

/** Exit code of a process that SIGTERM ended. */
const TERMINATED = 143;
/** Progress lines of a download. */
const STEPS = 10;

interface Download {
  id: string;
  revision: string;
  volume: VolumeContent;
  directory: string;
  marker: { volume: VolumeContent; path: string };
  repository: Repository;
}

/**
 * The image that fetches weights. What it is told comes in `MODEL_SOURCE`, `MODEL_ID`, `MODEL_REVISION`, `MODEL_DIR`, `MODEL_MARKER` and
 * `HF_TOKEN`; it reports as JSON lines and in its termination message, `{"reason","message"}`.
 */
export function modelDownloader(hub: HuggingFace): Program {
  return context => {
    const download = prepare(context, hub);
    if (!download) return undefined;
    const { marker, volume, directory, repository } = download;
    if (marker.volume.files.has(marker.path)) {
      report(context, 'done', repository, repository.bytes, 'already there');
      context.exit(0);
      return undefined;
    }
    volume.weights.set(directory, {
      bytes: 0,
      complete: false,
      modelId: download.id,
    });
    return transfer(context, hub, download);
  };
}

const refusals: Readonly<Record<number, DownloadRefusal>> = {
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
    MODEL_SOURCE,
    MODEL_ID,
    MODEL_REVISION = '',
    MODEL_DIR,
    MODEL_MARKER,
    HF_TOKEN,
  } = context.env;
  if (!MODEL_ID || !MODEL_DIR || !MODEL_MARKER) {
    return refuse(
      context,
      'Failed',
      'MODEL_ID, MODEL_DIR and MODEL_MARKER must be set. This is a defect of the Job.',
    );
  }
  if (MODEL_SOURCE && MODEL_SOURCE !== 'huggingface') {
    return refuse(
      context,
      'Failed',
      `MODEL_SOURCE is ${MODEL_SOURCE}; this image fetches from huggingface only.`,
    );
  }
  const target = context.locate(MODEL_DIR);
  const marker = context.locate(MODEL_MARKER);
  if (!target || !marker) {
    return refuse(
      context,
      'Failed',
      `No volume is mounted at ${MODEL_DIR}. This is a defect of the Job.`,
    );
  }
  const answer = marker.volume.files.has(marker.path)
    ? 200
    : hub.answer(MODEL_ID, HF_TOKEN);
  const failure = hub.failureOf(MODEL_ID) ?? refusals[answer];
  const repository = hub.find(MODEL_ID);
  if (failure || !repository) {
    return refuse(
      context,
      failure ?? 'SourceNotFound',
      explain(failure ?? 'SourceNotFound', MODEL_ID, HF_TOKEN),
    );
  }
  return {
    id: MODEL_ID,
    revision: MODEL_REVISION,
    volume: target.volume,
    directory: target.path,
    marker,
    repository,
  };
}

function transfer(
  context: ProgramContext,
  hub: HuggingFace,
  download: Download,
): ProgramHandle {
  const { id, volume, directory, marker, repository } = download;
  let step = 0;
  const next = () => {
    const failure = hub.failureOf(id);
    if (failure) {
      refuse(context, failure, explain(failure, id, context.env.HF_TOKEN));
      return;
    }
    step += 1;
    const bytes = Math.round((repository.bytes * step) / STEPS);
    volume.weights.set(directory, { bytes, complete: false, modelId: id });
    if (volume.used > volume.capacity) {
      volume.weights.set(directory, { bytes: 0, complete: false, modelId: id });
      refuse(context, 'DiskFull', diskFull(volume, repository));
      return;
    }
    if (step < STEPS) {
      report(context, 'progress', repository, bytes);
      context.after(stepMs(hub, repository), next);
      return;
    }
    volume.weights.set(directory, { bytes, complete: true, modelId: id });
    marker.volume.files.add(marker.path);
    report(context, 'progress', repository, bytes);
    report(context, 'done', repository, bytes);
    context.exit(0);
  };
  report(context, 'progress', repository, 0);
  context.after(stepMs(hub, repository), next);
  return { terminatedExitCode: TERMINATED };
}

function stepMs(hub: HuggingFace, repository: Repository): number {
  return (repository.bytes / hub.bytesPerSecond / STEPS) * 1000;
}

function report(
  context: ProgramContext,
  event: 'progress' | 'done',
  { bytes, files }: Repository,
  bytesDone: number,
  note?: string,
): void {
  const filesDone = Math.floor((files * bytesDone) / bytes);
  const shard = String(Math.min(filesDone + 1, files)).padStart(5, '0');
  context.log(
    JSON.stringify({
      time: new Date(context.now()).toISOString(),
      event,
      bytesDone,
      bytesTotal: bytes,
      filesDone,
      filesTotal: files,
      ...(event === 'progress' && {
        file: `model-${shard}-of-${String(files).padStart(5, '0')}.safetensors`,
      }),
      ...(note && { note }),
    }),
  );
}

function refuse(
  context: ProgramContext,
  reason: DownloadRefusal,
  message: string,
): undefined {
  context.log(
    JSON.stringify({
      time: new Date(context.now()).toISOString(),
      event: 'failed',
      reason,
      message,
    }),
  );
  context.exit(1, JSON.stringify({ reason, message }));
  return undefined;
}

function explain(
  reason: DownloadRefusal,
  id: string,
  token: string | undefined,
): string {
  switch (reason) {
    case 'SourceForbidden':
      return token
        ? `huggingface.co answered 403 for ${id}: accept the model's terms with the token's account, or use another token.`
        : `huggingface.co answered 401 for ${id}: the model needs a token; name a Secret with key HF_TOKEN in spec.model.authSecretName.`;
    case 'SourceNotFound':
      return `huggingface.co answered 404 for ${id}: check spec.model.name and spec.model.revision.`;
    case 'SourceUnreachable':
      return `huggingface.co could not be reached for ${id}: check the cluster's way to the internet, or its proxy.`;
    case 'DiskFull':
      return `The volume is full while fetching ${id}: raise spec.model.storage.size.`;
    default:
      return `The download of ${id} broke off: see the container's log.`;
  }
}

function diskFull(
  { capacity }: VolumeContent,
  { id, bytes }: Repository,
): string {
  return `${id} needs ${gibibytes(bytes)} GiB and the volume has ${gibibytes(
    capacity,
  )} GiB for all its weights: raise spec.model.storage.size.`;
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
