import { ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..', '..');

function run(...flags: string[]): ChildProcess {
  const transform = require.resolve('@backstage/cli/config/nodeTransform.cjs');
  return spawn(
    process.execPath,
    ['-r', transform, path.join(__dirname, 'bin.ts'), ...flags],
    { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } },
  );
}

/** Text of a stream up to its end, or to its first line. */
function textOf(
  stream: NodeJS.ReadableStream | null,
  firstLine = false,
): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    stream?.on('data', chunk => {
      text += chunk;
      if (firstLine && text.includes('\n')) resolve(text);
    });
    stream?.on('end', () => resolve(text));
  });
}

const exitCode = (child: ChildProcess) =>
  new Promise<number | null>(resolve => {
    child.once('exit', code => resolve(code));
  });

describe('npm run sandbox', () => {
  it('prints one line of JSON when it is ready, and ends when it is told to', async () => {
    const stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-'));
    const ports = ['api', 'gateway', 'oidc', 'admin'].flatMap(name => [
      `--${name}-port`,
      '0',
    ]);
    const child = run('--state-dir', stateDir, ...ports);
    const line = await textOf(child.stdout, true);
    expect(line.endsWith('}\n')).toBe(true);
    const ready = JSON.parse(line);
    expect(ready).toMatchObject({
      kubeconfig: path.join(stateDir, 'kubeconfig'),
      caFile: path.join(stateDir, 'ca.crt'),
      apiUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      gatewayUrl: expect.stringMatching(
        /^https:\/\/llm\.slipway\.localhost:\d+$/,
      ),
      adminUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      oidcIssuer: expect.stringMatching(/^http:\/\/localhost:\d+$/),
    });
    expect(fs.existsSync(ready.kubeconfig)).toBe(true);
    child.kill('SIGTERM');
    expect(await exitCode(child)).toBe(0);
    fs.rmSync(stateDir, { recursive: true });
  });

  it.each([
    [
      ['--api-port', 'x'],
      '--api-port x is not a port. Give a number from 0 to 65535.',
    ],
    [['--delay-scale=-1'], '--delay-scale -1 is not a number from 0 up.'],
    [['--colour', 'red'], "Unknown option '--colour'"],
    [['--events=none'], '--events none: give all or warnings.'],
  ])(
    'a wrong use, %j, is refused with a sentence and no stack',
    async (flags, message) => {
      const child = run(...flags);
      const [text, code] = await Promise.all([
        textOf(child.stderr),
        exitCode(child),
      ]);
      expect(text).toContain(message);
      expect(text).not.toMatch(/\n\s+at /);
      expect(code).toBe(1);
    },
  );
});
