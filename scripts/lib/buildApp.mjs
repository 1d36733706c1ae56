import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { root, stateDir } from './paths.mjs';
import { runProgram } from './runProgram.mjs';
import { Advice, say, secondsSince } from './say.mjs';

/** What the browser's half of the portal is made of. */
const sources = [
  'packages/app/src',
  'packages/app/public',
  'packages/app/package.json',
  'plugins/llm/src',
  'plugins/llm/package.json',
  'plugins/llm-common/src',
  'plugins/llm-backend/config.d.ts',
  'yarn.lock',
];

function addToHash(hash, file) {
  const full = path.join(root, file);
  if (!existsSync(full)) {
    return;
  }
  let entries;
  try {
    entries = readdirSync(full).sort();
  } catch {
    hash.update(file).update(readFileSync(full));
    return;
  }
  for (const entry of entries) {
    addToHash(hash, path.join(file, entry));
  }
}

/** Builds the browser's half of the portal, unless it is built from the same sources. */
export async function buildApp({ node, env }, stop) {
  const hash = createHash('sha256');
  for (const source of sources) {
    addToHash(hash, source);
  }
  const key = hash.digest('hex');
  const marker = path.join(stateDir, 'app-built');
  const index = path.join(root, 'packages/app/dist/index.html');
  if (
    existsSync(index) &&
    existsSync(marker) &&
    readFileSync(marker, 'utf8') === key
  ) {
    return;
  }
  const startedAt = Date.now();
  say('Building the pages…');
  // A build that is interrupted leaves pages that are of no sources.
  rmSync(marker, { force: true });
  const { status, output } = await runProgram(
    stop,
    node,
    [
      path.join(root, 'node_modules/@backstage/cli/bin/backstage-cli'),
      'package',
      'build',
    ],
    {
      cwd: path.join(root, 'packages/app'),
      env,
      name: 'The build of the pages',
      capture: true,
    },
  );
  if (status !== 0) {
    throw new Advice(`The pages could not be built:\n${output}`);
  }
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(marker, key);
  say(`Pages are built (${secondsSince(startedAt)}).`);
}
