import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DOWNLOAD_SCRIPT, PERMANENT_EXIT_CODES } from './downloadScript';

/** Stands for huggingface_hub: files from a folder, failures by the repository's name. */
const HUB = `
import os, shutil, types
class Response:
    def __init__(self, code): self.status_code = code
class HfHubHTTPError(Exception):
    def __init__(self, message, code):
        super().__init__(message); self.response = Response(code)
class RepositoryNotFoundError(HfHubHTTPError): pass
class GatedRepoError(HfHubHTTPError): pass
class RevisionNotFoundError(HfHubHTTPError): pass
FILES = {"config.json": 20, "model.safetensors": 5000}
class HfApi:
    def __init__(self, token=None): self.token = token
    def model_info(self, model, revision=None, files_metadata=False):
        if model == "gated/x" and not self.token: raise GatedRepoError("gated", 401)
        if model == "missing/x": raise RepositoryNotFoundError("not found", 404)
        if model == "loud/x": raise ConnectionError("\u5bc6" * 5000)
        if model == "down/x": raise ConnectionError("no route to host")
        if revision == "nope": raise RevisionNotFoundError("no such revision", 404)
        size = 10**18 if model == "huge/x" else None
        return types.SimpleNamespace(sha="abc123", siblings=[types.SimpleNamespace(rfilename=n, size=size or s) for n, s in FILES.items()])
def hf_hub_download(model, name, revision=None, local_dir=None, token=None):
    with open(os.environ["FETCHED"], "a") as log: log.write(name + "\\n")
    path = os.path.join(local_dir, name)
    with open(path, "wb") as file: file.write(b"x" * FILES[name])
    return path
`;

const hasPython = spawnSync('python3', ['--version']).status === 0;
const withPython = hasPython ? describe : describe.skip;

withPython(
  hasPython
    ? 'the download script'
    : 'the download script: python3 is not installed',
  () => {
    let volume: string;

    beforeEach(() => {
      volume = fs.mkdtempSync(path.join(os.tmpdir(), 'weights-'));
      fs.mkdirSync(path.join(volume, 'lib', 'huggingface_hub'), {
        recursive: true,
      });
      fs.writeFileSync(
        path.join(volume, 'lib', 'huggingface_hub', '__init__.py'),
        HUB,
      );
      fs.writeFileSync(
        path.join(volume, 'lib', 'download.py'),
        DOWNLOAD_SCRIPT,
      );
      fs.mkdirSync(path.join(volume, 'cache'));
    });

    afterEach(() => fs.rmSync(volume, { recursive: true }));

    function run(
      action: 'download' | 'clean',
      env: Record<string, string> = {},
    ) {
      const cache = path.join(volume, 'cache');
      const done = spawnSync(
        'python3',
        [path.join(volume, 'lib', 'download.py'), action],
        {
          encoding: 'utf8',
          env: {
            PATH: process.env.PATH,
            PYTHONPATH: path.join(volume, 'lib'),
            PYTHONDONTWRITEBYTECODE: '1',
            MODEL_SOURCE: 'huggingface',
            MODEL_ID: 'acme/tiny',
            MODEL_REVISION: '',
            MODEL_DIR: path.join(cache, 'tiny-1'),
            MODEL_MARKER: path.join(cache, '.1.complete'),
            MODEL_VOLUME: cache,
            TERMINATION_LOG: path.join(volume, 'termination'),
            FETCHED: path.join(volume, 'fetched'),
            ...env,
          },
        },
      );
      const lines: Record<string, unknown>[] = done.stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line));
      const said: Record<string, unknown> = JSON.parse(
        fs.readFileSync(path.join(volume, 'termination'), 'utf8'),
      );
      return { code: done.status, lines, said, stderr: done.stderr };
    }

    it('fetches every file, tells how far it is, and marks the directory complete at last', () => {
      const { code, lines, said } = run('download');
      expect(code).toBe(0);
      expect(
        fs.readdirSync(path.join(volume, 'cache', 'tiny-1')).sort(),
      ).toEqual(['config.json', 'model.safetensors']);
      expect(lines.at(0)).toMatchObject({
        event: 'progress',
        bytesTotal: 5020,
        filesTotal: 2,
        filesDone: 1,
        file: 'config.json',
      });
      expect(lines.at(-1)).toMatchObject({
        event: 'done',
        bytes: 5020,
        revision: 'abc123',
      });
      expect(said).toMatchObject({ bytes: 5020 });
      expect(fs.existsSync(path.join(volume, 'cache', '.1.complete'))).toBe(
        true,
      );
    });

    it('fetches nothing where the marker says that all is there', () => {
      run('download');
      fs.rmSync(path.join(volume, 'fetched'));
      expect(run('download').code).toBe(0);
      expect(fs.existsSync(path.join(volume, 'fetched'))).toBe(false);
    });

    it.each([
      [
        'gated/x',
        {},
        'SourceForbidden',
        /answered 401 for gated\/x: name a Secret/,
      ],
      ['missing/x', {}, 'SourceNotFound', /correct spec.model.name/],
      [
        'acme/tiny',
        { MODEL_REVISION: 'nope' },
        'SourceNotFound',
        /correct spec.model.revision/,
      ],
      ['huge/x', {}, 'DiskFull', /raise spec.model.storage.size/],
    ] as const)('%s is given up with %j: %s', (model, env, reason, says) => {
      const { code, said } = run('download', { MODEL_ID: model, ...env });
      expect(said).toEqual({ reason, message: expect.stringMatching(says) });
      expect(code).toBe(PERMANENT_EXIT_CODES[reason]);
      expect(fs.existsSync(path.join(volume, 'cache', '.1.complete'))).toBe(
        false,
      );
    });

    it('a source that can not be reached is worth another try', () => {
      const { code, said } = run('download', { MODEL_ID: 'down/x' });
      expect(said).toEqual({
        reason: 'SourceUnreachable',
        message: expect.stringContaining('no route to host'),
      });
      expect(code).toBe(1);
    });

    it('a clean-up removes the weights that are no longer served, and nothing that somebody else put there', () => {
      const place = (hash: string) => ({
        MODEL_DIR: path.join(volume, 'cache', `acme--tiny-${hash}`),
        MODEL_MARKER: path.join(volume, 'cache', `.${hash}.complete`),
      });
      run('download', place('0000000a'));
      run('download', place('0000000b'));
      const others = ['lost+found', 'my-adapters', 'config.json'];
      for (const name of others) {
        fs.mkdirSync(path.join(volume, 'cache', name));
      }
      const { code, lines } = run('clean', place('0000000b'));
      expect(code).toBe(0);
      expect(fs.readdirSync(path.join(volume, 'cache')).sort()).toEqual(
        ['.0000000b.complete', 'acme--tiny-0000000b', ...others].sort(),
      );
      // Markers first: a directory that is half removed must not look complete.
      expect(lines.map(({ name }) => name).filter(Boolean)).toEqual([
        '.0000000a.complete',
        'acme--tiny-0000000a',
      ]);
    });

    it('says why it failed in a message that fits, whatever the source says', () => {
      const { said } = run('download', { MODEL_ID: 'loud/x' });
      expect(said).toMatchObject({ reason: 'SourceUnreachable' });
      const size = fs.statSync(path.join(volume, 'termination')).size;
      expect(size).toBeLessThan(4_096);
    });

    it('never shows a token', () => {
      const token = 'hf_secretsecret';
      const { lines, said, stderr } = run('download', {
        MODEL_ID: 'missing/x',
        HF_TOKEN: token,
      });
      expect(
        JSON.stringify(lines) + JSON.stringify(said) + stderr,
      ).not.toContain(token);
    });
  },
);
