import fs from 'node:fs';
import path from 'node:path';
import YAML from 'yaml';
import { JsonObject } from '../../api/seams';
import { asObject } from '../json';

// eslint-disable-next-line no-restricted-syntax -- only used from the sources
const repository = path.resolve(__dirname, '..', '..', '..', '..', '..');
const folder =
  process.env.SLIPWAY_SHARED ?? path.resolve(repository, '..', 'shared');

/** Jest's `describe` and `it`. */
interface Jest {
  describe: {
    (name: string, tests: () => void): void;
    skip(name: string, tests: () => void): void;
  };
  it(name: string, test: () => void): void;
}

/**
 * Tests on the folder beside the checkout that has recordings of a real server and upstream files; where there is none, a skipped test
 * says so.
 */
export function withShared(
  jest: Jest,
  name: string,
  tests: (shared: string) => void,
): void {
  if (fs.existsSync(folder)) {
    jest.describe(name, () => tests(folder));
  } else {
    jest.describe.skip(`shared folder absent: ${name}`, () => {
      jest.it('needs the shared folder', () => undefined);
    });
  }
}

/** The objects of a YAML file. */
export function readYaml(...segments: string[]): JsonObject[] {
  const text = fs.readFileSync(path.join(...segments), 'utf8');
  return YAML.parseAllDocuments(text).flatMap(document => {
    const object = asObject(document.toJS());
    return object ? [object] : [];
  });
}

/** Every CustomResourceDefinition of a folder of YAML files. */
export function readCrds(...segments: string[]): JsonObject[] {
  const directory = path.join(...segments);
  return fs
    .readdirSync(directory)
    .filter(file => file.endsWith('.yaml'))
    .sort()
    .flatMap(file => readYaml(directory, file));
}
