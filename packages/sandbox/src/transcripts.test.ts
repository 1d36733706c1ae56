import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ApiServer, createApiServer } from './api/createApiServer';
import { startWorld, World } from './world/world';

const shared =
  process.env.SLIPWAY_SHARED ??
  path.resolve(__dirname, '../../../..', 'shared');
const folder = path.join(shared, 'kube-transcripts');

/** Scenarios of tier 2 whose feature the sandbox does not have; it answers 501 there. Listed in the package's README. */
const NOT_IMPLEMENTED = ['194-admission-policy'];

interface Result {
  ok: boolean;
  text: string;
}

/** Runs the replayer and returns what it said of each scenario. */
async function replay(
  server: ApiServer,
  ca: string,
  more: string[],
): Promise<Map<string, Result>> {
  const replayer = path.join(folder, 'replay.mjs');
  const common = [
    '--server',
    server.url,
    '--token',
    'admin-token',
    '--ca',
    ca,
    '--jobs',
    '4',
  ];
  const child = spawn(
    process.execPath,
    [replayer, ...common, ...more, folder],
    {
      env: { PATH: process.env.PATH },
    },
  );
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  child.stderr.on('data', chunk => (output += chunk));
  await new Promise(resolve => child.on('close', resolve));
  const results = new Map<string, Result>();
  for (const [text, word, id] of output.matchAll(
    /^(ok|FAIL) +(\S+)[^]*?(?=^\S)/gm,
  )) {
    results.set(id, { ok: word === 'ok', text });
  }
  if (results.size === 0)
    throw new Error(`the replayer said nothing of a scenario: ${output}`);
  return results;
}

if (existsSync(folder)) {
  const tiers: Record<string, string[]> = JSON.parse(
    readFileSync(path.join(folder, 'tiers.json'), 'utf8'),
  );

  describe('answers like the recorded API server', () => {
    const scratch = mkdtempSync(path.join(tmpdir(), 'slipway-transcripts-'));
    let server: ApiServer;
    let world: World;
    let results: Map<string, Result>;

    beforeAll(async () => {
      server = await createApiServer();
      world = startWorld({ cluster: server.cluster });
      server.setPodLogs(world.kubelet);
      const ca = path.join(scratch, 'ca.crt');
      writeFileSync(ca, server.caCert);
      results = await replay(server, ca, []);
      server.faults.compactHistory();
      const expired = await replay(server, ca, [
        '--only',
        '148',
        '--with',
        'compacted-history',
      ]);
      for (const [id, result] of expired) results.set(id, result);
    }, 300_000);

    afterAll(async () => {
      world?.stop();
      await server?.stop();
      rmSync(scratch, { recursive: true, force: true });
    });

    const result = (id: string) =>
      results.get(id) ?? { ok: false, text: `${id} was not run` };

    it.each(tiers['1'])('tier 1: %s', id => {
      expect(result(id)).toEqual({ ok: true, text: expect.any(String) });
    });

    it.each(tiers['2'].filter(id => !NOT_IMPLEMENTED.includes(id)))(
      'tier 2: %s',
      id => {
        expect(result(id)).toEqual({ ok: true, text: expect.any(String) });
      },
    );

    it.each(NOT_IMPLEMENTED)('says 501 where it lacks the feature: %s', id => {
      expect(result(id)).toEqual({
        ok: false,
        text: expect.stringContaining('got 501'),
      });
    });
  });
} else {
  // eslint-disable-next-line jest/no-disabled-tests -- there is nothing to replay without the recordings
  describe.skip(`shared folder absent: ${folder}`, () => {
    it('replays the transcripts', () => expect(existsSync(folder)).toBe(true));
  });
}
