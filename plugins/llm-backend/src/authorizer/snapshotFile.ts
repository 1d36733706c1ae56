import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { IndexEntry } from '../access/indexEntries';
import { isRecord } from '../models/json';
import { AccessIndex } from './accessIndex';
import type { FollowedIndex } from './FeedFollower';

/*
 * An index on disk, to start without the database: `<file>.<digest>` holds the entries, a line each, and `<file>` is the seal: which of these
 * it is, up to when it was known to be true, and an HMAC over both. While nothing changes only the seal is written anew.
 */

/** Where the snapshot is, and what it is signed with. */
export interface SnapshotPlace {
  file: string;
  key: string;
}

interface Seal {
  /** Of this format. */
  version: 1;
  revision: number;
  /** ISO 8601: until then nothing had changed that the entries do not have. */
  heardAt: string;
  /** SHA-256 of the entries, in hex. */
  entries: string;
}

/** Entries written at once; the request path goes on in between. */
const LINES_AT_ONCE = 500;

const READ_BYTES = 262_144;

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
    | { index: AccessIndex; revision: number; entries: string }
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
      const written = await writeEntries(file, index);
      this.#written = { index, revision, entries: written };
    }
    const { entries } = this.#written;
    const seal: Seal = {
      version: 1,
      revision,
      heardAt: heardAt.toISOString(),
      entries,
    };
    const text = JSON.stringify(seal);
    await replaceFile(file, `${text}\n${macOf(text, this.place.key)}\n`);
    await removeOthers(file, entries);
  }
}

/**
 * Reads the snapshot; nothing when there is none.
 *
 * @throws SnapshotRefusedError when it was not signed with this key, was changed, or is older than `maxAgeMs`
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
  const index = await readEntries(file, seal.entries);
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
    throw new SnapshotRefusedError(file, 'it is of another version');
  }
  return seal;
}

function isSeal(value: unknown): value is Seal {
  return (
    isRecord(value) &&
    value.version === 1 &&
    typeof value.revision === 'number' &&
    typeof value.heardAt === 'string' &&
    typeof value.entries === 'string'
  );
}

function macOf(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

async function writeEntries(file: string, index: AccessIndex): Promise<string> {
  const unfinished = `${file}.writing`;
  const digest = createHash('sha256');
  const handle = await open(unfinished, 'w', 0o600);
  try {
    let lines: string[] = [];
    const put = async () => {
      const text = lines.join('');
      lines = [];
      digest.update(text);
      await handle.write(text);
    };
    for (const [entry, entryDigest] of index.entries()) {
      const base64 = Buffer.from(entryDigest).toString('base64');
      lines.push(`${base64} ${JSON.stringify(entry)}\n`);
      if (lines.length >= LINES_AT_ONCE) {
        await put();
      }
    }
    await put();
    await handle.sync();
  } finally {
    await handle.close();
  }
  const name = digest.digest('hex');
  await rename(unfinished, `${file}.${name}`);
  return name;
}

/** All of it is read before any of it counts: what was changed shows in the digest only at the end. */
async function readEntries(file: string, wanted: string): Promise<AccessIndex> {
  const index = new AccessIndex();
  const digest = createHash('sha256');
  let rest = '';
  try {
    const source = createReadStream(`${file}.${wanted}`, {
      encoding: 'utf8',
      highWaterMark: READ_BYTES,
    });
    for await (const chunk of source) {
      digest.update(chunk);
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(line => putLine(index, line));
    }
  } catch (error) {
    throw new SnapshotRefusedError(
      file,
      `its entries can't be read (${
        error instanceof Error ? error.name : typeof error
      })`,
    );
  }
  if (rest !== '' || digest.digest('hex') !== wanted) {
    throw new SnapshotRefusedError(file, 'its entries were changed');
  }
  return index;
}

function putLine(index: AccessIndex, line: string): void {
  const space = line.indexOf(' ');
  const entry: IndexEntry = JSON.parse(line.slice(space + 1));
  index.put(entry, Buffer.from(line.slice(0, space), 'base64'));
}

async function replaceFile(file: string, content: string): Promise<void> {
  const unfinished = `${file}.writing`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.write(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}

async function removeOthers(file: string, entries: string): Promise<void> {
  const { dir, base } = path.parse(file);
  for (const name of await readdir(dir || '.')) {
    const digest = name.startsWith(`${base}.`)
      ? name.slice(base.length + 1)
      : '';
    if (/^[0-9a-f]{64}$/.test(digest) && digest !== entries) {
      await rm(path.join(dir, name), { force: true });
    }
  }
}
