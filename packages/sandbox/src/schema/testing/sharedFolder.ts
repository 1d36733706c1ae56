import fs from 'node:fs';
import path from 'node:path';
import YAML from 'yaml';
import { JsonObject } from '../../api/seams';

const repository = path.resolve(__dirname, '..', '..', '..', '..', '..');
const folder =
  process.env.SLIPWAY_SHARED ?? path.resolve(repository, '..', 'shared');

/** A folder beside the checkout with recordings and upstream files, or undefined where there is none. */
export const sharedFolder = fs.existsSync(folder) ? folder : undefined;

/** `describe` with the shared folder, or a skipped one that says why. */
export function describeWithShared(
  name: string,
  tests: (shared: string) => void,
): void {
  if (sharedFolder) {
    const shared = sharedFolder;
    describe(name, () => tests(shared));
  } else {
    describe.skip(`shared folder absent: ${name}`, () => {
      it('needs the shared folder', () => expect(folder).toBeDefined());
    });
  }
}

/** The documents of a YAML file. */
export function readYaml(...segments: string[]): JsonObject[] {
  return YAML.parseAllDocuments(
    fs.readFileSync(path.join(...segments), 'utf8'),
  ).flatMap(document => {
    const value: unknown = document.toJS();
    return typeof value === 'object' && value !== null ? [{ ...value }] : [];
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
