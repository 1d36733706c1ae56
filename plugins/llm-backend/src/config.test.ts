import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { defaultLimits } from './access';
import { AUTHORIZER_SETTINGS } from './authorizer';
import { settingsOf } from './config';
import { SETTINGS } from './models';

const schema = readFileSync(path.join(__dirname, '../config.d.ts'), 'utf8');

/** Names of the settings in a section of config.d.ts. */
function documented(section: string): string[] {
  const [, indent, body] =
    new RegExp(`^( *)${section}\\?: \\{\\n(.*?)^\\1\\};`, 'ms').exec(schema) ??
    [];
  return [...body.matchAll(new RegExp(`^${indent}  (\\w+)\\?:`, 'gm'))].map(
    ([, name]) => name,
  );
}

describe('the configuration', () => {
  it.each([
    ['authorizer', Object.keys(AUTHORIZER_SETTINGS)],
    ['limits', Object.keys(defaultLimits)],
  ])('has in %s what is documented, and nothing else', (section, read) => {
    expect(documented(section).sort()).toEqual(read.sort());
  });

  it('refuses a setting that does not exist, with those that do', () => {
    const config = mockServices.rootConfig({
      data: { llm: { operator: { baseDomian: 'example.com' } } },
    });
    expect(() => settingsOf(config, 'llm.operator', SETTINGS)).toThrow(
      /^llm\.operator\.baseDomian: there is no such setting\. There are: baseDomain, /,
    );
  });

  it('goes before the environment', () => {
    const config = mockServices.rootConfig({
      data: { llm: { operator: { defaultDeny: false } } },
    });
    const read = settingsOf(config, 'llm.operator', SETTINGS);
    expect([read('defaultDeny'), read('huggingFaceEndpoint')]).toEqual([
      'false',
      process.env.LLM_HF_ENDPOINT,
    ]);
  });
});

describe('docs/operator.md', () => {
  it('has every setting of the operator', () => {
    const text = readFileSync(
      path.join(__dirname, '../../../docs/operator.md'),
      'utf8',
    );
    const missing = Object.values(SETTINGS)
      .map(({ env }) => env)
      .filter(env => !text.includes(`\`${env}\``));
    expect(missing).toEqual([]);
  });
});
