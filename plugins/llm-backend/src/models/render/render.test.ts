import { KubeObject } from '@slipway/controller';
import fs from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { isRecord, recordAt } from '../json';
import {
  exampleModel,
  examplePlatform,
  renderEverything,
} from '../__testUtils__/examples';

const FOLDER = path.join(__dirname, '..', 'testdata');
const UPDATE = process.env.UPDATE_GOLDEN === '1';

/** The script is the same everywhere and has tests of its own. */
function withoutScript(object: KubeObject): KubeObject {
  return isRecord(object.data) && 'download.py' in object.data
    ? { ...object, data: { 'download.py': '…' } }
    : object;
}

describe('what a model becomes', () => {
  const cases = fs
    .readdirSync(FOLDER)
    .filter(file => file.endsWith('.in.yaml'));

  it.each(cases)('%s', file => {
    const input: unknown = parse(
      fs.readFileSync(path.join(FOLDER, file), 'utf8'),
    );
    const objects = renderEverything(
      exampleModel(recordAt(input, 'spec')),
      examplePlatform(recordAt(input, 'platform')),
    );
    const text = objects
      .map(object =>
        stringify(withoutScript(object), {
          aliasDuplicateObjects: false,
          singleQuote: true,
        }),
      )
      .join('---\n');
    const golden = path.join(FOLDER, file.replace('.in.yaml', '.out.yaml'));
    if (UPDATE) {
      fs.writeFileSync(golden, text);
    }
    expect(parseAllDocuments(text).map(document => document.toJS())).toEqual(
      parseAllDocuments(fs.readFileSync(golden, 'utf8')).map(document =>
        document.toJS(),
      ),
    );
  });
});
