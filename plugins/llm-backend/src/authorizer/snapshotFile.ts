import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isRecord } from '../models/json';
import { AccessIndex } from './accessIndex';
import type { FollowedIndex } from './FeedFollower';
import { packPart, SNAPSHOT_HEAD, unpackParts } from './snapshotFormat';

/*
 * An index on disk, to start without the database: `<file>.<digest>` holds the columns of the index, and `<file>` is the seal: which of these
 * it is, up to when it was known to be true, and an HMAC over both. While nothing changes only the seal is written anew.
 */

/** Where the snapshot is, and what it is signed with. */
export interface SnapshotPlace {
  file: string;
  key: string;
}

interface Seal {
  /** Of this format. The first one had entries in JSON. */
  version: 2;
  revision: number;
  /** ISO 8601: until then nothing had changed that the columns do not have. */
  heardAt: string;
  /** SHA-256 of the columns, in hex. */
  columns: string;
}

/** Bytes whose digest is computed at once; what else the process does goes on in between. */
const DIGESTED_AT_ONCE = 2 ** 22;

/** A snapshot that is not used, and why. */
export class SnapshotRefusedError extends Error {
  constructor(file: string, problem: string) {
    super(`the snapshot ${file} is not used: ${problem}`);
    this.name = 'SnapshotRefusedError';
  }
}

/** Writes snapshots of one index to one place. */
export class SnapshotWriter {
  #written:
    | { index: AccessIndex; revision: number; columns: string }
    | undefined;

  constructor(private readonly place: SnapshotPlace) {}

  /**
   * Writes what is followed. Changes that come meanwhile may be in it or not; they are all after its revision, so that whoever starts with it
   * hears of them again.
   *
   * @param heardAt - when it was last known to be up to date
   */
  async write(
    { index, revision }: FollowedIndex,
    heardAt: Date,
  ): Promise<void> {
    const { file } = this.place;
    await mkdir(path.dirname(file), { recursive: true });
    if (this.#written?.revision !== revision || this.#written.index !== index) {
      const written = await writeColumns(file, index);
      this.#written = { index, revision, columns: written };
    }
    const { columns } = this.#written;
    const seal: Seal = {
      version: 2,
      revision,
      heardAt: heardAt.toISOString(),
      columns,
    };
    const text = JSON.stringify(seal);
    const sealed = `${text}\n${macOf(text, this.place.key)}\n`;
    await writeWhole(`${file}.writing`, [Buffer.from(sealed)]);
    await rename(`${file}.writing`, file);
    await removeOthers(file, columns);
  }
}

/**
 * Reads the snapshot; nothing when there is none. Nothing of it is looked at before its signature is found right.
 *
 * @throws SnapshotRefusedError when it was not signed with this key, was changed, is of another version, or is older than `maxAgeMs`
 */
export async function readSnapshotFile(
  { file, key }: SnapshotPlace,
  options: { now: Date; maxAgeMs: number },
): Promise<(FollowedIndex & { ageMs: number }) | undefined> {
  const seal = await readSeal(file, key);
  if (!seal) {
    return undefined;
  }
  const ageMs = options.now.getTime() - Date.parse(seal.heardAt);
  // One from the future is as wrong as one from long ago: clocks do not agree, so nobody knows how old it is.
  if (!(ageMs >= -1_000 && ageMs <= options.maxAgeMs)) {
    throw new SnapshotRefusedError(
      file,
      `it is from ${seal.heardAt}, and may be ${options.maxAgeMs / 1000} s old`,
    );
  }
  const index = await readColumns(file, seal.columns);
  return { index, revision: seal.revision, ageMs: Math.max(0, ageMs) };
}

async function readSeal(file: string, key: string): Promise<Seal | undefined> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  const [text = '', mac = ''] = content.split('\n');
  const expected = Buffer.from(macOf(text, key));
  const given = Buffer.from(mac);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new SnapshotRefusedError(file, 'its signature is wrong');
  }
  const seal: unknown = JSON.parse(text);
  if (!isSeal(seal)) {
    throw new SnapshotRefusedError(
      file,
      'another version of the authorizer wrote it',
    );
  }
  return seal;
}

function isSeal(value: unknown): value is Seal {
  return (
    isRecord(value) &&
    value.version === 2 &&
    typeof value.revision === 'number' &&
    typeof value.heardAt === 'string' &&
    typeof value.columns === 'string'
  );
}

function macOf(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

async function writeColumns(file: string, index: AccessIndex): Promise<string> {
  const digest = createHash('sha256');
  function* pieces() {
    yield SNAPSHOT_HEAD;
    for (const part of index.parts()) {
      yield* packPart(part);
    }
  }
  const unfinished = `${file}.writing`;
  await writeWhole(unfinished, pieces(), piece => digest.update(piece));
  const name = digest.digest('hex');
  await rename(unfinished, `${file}.${name}`);
  return name;
}

/** All of it is read and compared with its digest before any of it counts. */
async function readColumns(file: string, wanted: string): Promise<AccessIndex> {
  const refuse = (problem: string) => new SnapshotRefusedError(file, problem);
  let bytes: Buffer;
  try {
    bytes = await readFile(`${file}.${wanted}`);
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    throw refuse(`its columns can't be read (${name})`);
  }
  const digest = createHash('sha256');
  for (let at = 0; at < bytes.length; at += DIGESTED_AT_ONCE) {
    digest.update(bytes.subarray(at, at + DIGESTED_AT_ONCE));
    await setImmediate();
  }
  if (digest.digest('hex') !== wanted) {
    throw refuse('its columns were changed');
  }
  try {
    return await AccessIndex.load(unpackParts(bytes));
  } catch (error) {
    // Signed, and still not what can be read: a fault of the writer, or a machine of another kind.
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Writes a file piece by piece; the request path goes on in between. */
async function writeWhole(
  file: string,
  pieces: Iterable<Buffer>,
  onPiece?: (piece: Buffer) => void,
): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    for (const piece of pieces) {
      onPiece?.(piece);
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeOthers(file: string, columns: string): Promise<void> {
  const { dir, base } = path.parse(file);
  for (const name of await readdir(dir || '.')) {
    const digest = name.startsWith(`${base}.`)
      ? name.slice(base.length + 1)
      : '';
    if (/^[0-9a-f]{64}$/.test(digest) && digest !== columns) {
      await rm(path.join(dir, name), { force: true });
    }
  }
}
