import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { grant, key, member } from './__testUtils__/scene';
import { AccessIndex } from './accessIndex';
import {
  readSnapshotFile,
  SnapshotRefusedError,
  SnapshotWriter,
} from './snapshotFile';

const KEY = 'a key that signs snapshots in these tests';
const now = new Date('2026-11-20T08:00:00Z');

describe('the snapshot of an index', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slipway-snapshot-'));
    file = path.join(folder, 'index');
  });

  afterEach(() => rm(folder, { recursive: true }));

  const read = () => readSnapshotFile({ file, key: KEY }, { now, maxAgeMs: 1 });

  async function written() {
    const index = new AccessIndex();
    for (const name of ['a', 'b', 'c']) {
      index.put(key(name));
      index.put(grant(`grant_${name}`));
      index.put(member(name, ['llm']));
    }
    index.put({ kind: 'block', id: 'b', target: 'model', ref: 'llm/closed' });
    const writer = new SnapshotWriter({ file, key: KEY });
    await writer.write({ index, revision: 7 }, now);
    const [columns] = (await readdir(folder)).filter(name => name !== 'index');
    return { index, writer, columns: path.join(folder, columns) };
  }

  /** Signs other columns, as only somebody with the key can. */
  async function sign(bytes: Buffer): Promise<void> {
    const [text] = (await readFile(file, 'utf8')).split('\n');
    const columns = createHash('sha256').update(bytes).digest('hex');
    const seal = JSON.stringify({ ...JSON.parse(text), columns });
    const mac = createHmac('sha256', KEY).update(seal).digest('hex');
    await writeFile(file, `${seal}\n${mac}\n`);
    await writeFile(`${file}.${columns}`, bytes);
  }

  it('is what was written, with its revision', async () => {
    const { index } = await written();
    const kept = await read();
    expect(kept).toMatchObject({ revision: 7, ageMs: 0 });
    expect(kept?.index.digest).toBe(index.digest);
    expect(kept?.index.size).toBe(10);
    expect(kept?.index.isBlocked('model', 'llm/closed')).toBe(true);
  });

  it('is not used with any byte of it changed', async () => {
    const { columns } = await written();
    for (const spoilt of [columns, file]) {
      const bytes = await readFile(spoilt);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(bytes.length - 2),
          fc.integer({ min: 1, max: 255 }),
          async (at, by) => {
            const changed = Buffer.from(bytes);
            changed[at] = (changed[at] + by) % 256;
            await writeFile(spoilt, changed);
            await expect(read()).rejects.toThrow(SnapshotRefusedError);
          },
        ),
        { numRuns: 50 },
      );
      await writeFile(spoilt, bytes);
    }
    expect(await read()).toBeDefined();
  });

  it('is not used wherever it is cut off, even where that was signed', async () => {
    const { columns } = await written();
    const bytes = await readFile(columns);
    for (let length = 0; length < bytes.length; length += 13) {
      await sign(bytes.subarray(0, length));
      await expect(read()).rejects.toThrow(SnapshotRefusedError);
    }
    await sign(bytes);
    expect(await read()).toBeDefined();
  });

  it('is not used on a machine that orders bytes the other way, nor in another format', async () => {
    const { columns } = await written();
    const bytes = await readFile(columns);
    for (const at of [8, 12]) {
      const other = Buffer.from(bytes);
      other.subarray(at, at + 4).reverse();
      await sign(other);
      await expect(read()).rejects.toThrow(
        'it is of another format, or from another kind of machine',
      );
    }
  });

  it('holds nothing of what is written beside it, and does not stay behind', async () => {
    const { index, writer } = await written();
    index.put(key('d'));
    await writer.write({ index, revision: 8 }, now);
    expect(await readdir(folder)).toHaveLength(2);
    expect((await read())?.index.keys).toBe(4);
  });
});
