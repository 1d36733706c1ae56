import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A link of a document: what it is called and where it leads. Code is left out before. */
const LINK = /\[((?:[^[\]\\]|\\.)+)\]\(([^()\s]+)\)/g;
const TEST = /\.test\.tsx?$/;

/** The anchor that GitHub gives a heading. */
function anchorOf(heading) {
  return heading
    .replace(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function anchorsOf(text) {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    anchorOf(heading),
  );
}

/** Whether a test file has a test of this name, however the name is quoted there. */
function hasTest(source, name) {
  const plain = text => text.replace(/\\(['"`])/g, '$1').replace(/\(\s+/g, '(');
  return ["'", '"', '`'].some(quote =>
    plain(source).includes(`(${quote}${plain(name)}${quote}`),
  );
}

function problemOf(root, link, document, text) {
  const [, name, target] = link;
  if (/^[a-z]+:/.test(target)) {
    return undefined;
  }
  const [file, anchor] = target.split('#');
  const absolute = file
    ? path.resolve(root, path.dirname(document), file)
    : path.join(root, document);
  if (!existsSync(absolute)) {
    return `links to ${target}, which does not exist`;
  }
  if (TEST.test(file)) {
    return hasTest(readFileSync(absolute, 'utf8'), name)
      ? undefined
      : `names the test “${name}”, which ${target} does not have`;
  }
  const where = file ? absolute : undefined;
  if (anchor && (!where || where.endsWith('.md'))) {
    const there = where ? readFileSync(where, 'utf8') : text;
    return anchorsOf(there).includes(anchor)
      ? undefined
      : `links to ${target}: there is no such heading`;
  }
  return undefined;
}

/** The README of the project and of each part, and all of docs/: relative to the root. */
function markdownFiles(root) {
  const list = folder =>
    readdirSync(path.join(root, folder)).map(name => path.join(folder, name));
  const parts = ['packages', 'plugins', 'charts'].flatMap(list);
  const docs = readdirSync(path.join(root, 'docs'), { recursive: true }).map(
    name => path.join('docs', name),
  );
  return ['.', ...parts]
    .map(folder => path.join(folder, 'README.md'))
    .filter(file => existsSync(path.join(root, file)))
    .concat(docs.filter(file => file.endsWith('.md')));
}

/**
 * Links of the documents that lead nowhere, and tests they name that do not exist: a link to a test file is called like one of its tests.
 *
 * @param root - folder of the repository
 * @returns {string[]} a line for each; none when all is well
 */
export function findDocProblems(root) {
  const documents = markdownFiles(root);
  return documents.flatMap(document => {
    const text = readFileSync(path.join(root, document), 'utf8');
    const prose = text
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/(?<!\[)`[^`\n]+`(?!\])/g, '');
    return [...prose.matchAll(LINK)]
      .map(link => problemOf(root, link, document, text))
      .filter(Boolean)
      .map(problem => `${document} ${problem}`);
  });
}
