import fs from 'node:fs';
import path from 'node:path';
import { createManifestValidator } from '@slipway/sandbox';
import { parse } from 'yaml';

const root = path.resolve(__dirname, '..', '..', '..', '..');
const read = (file: string) =>
  parse(fs.readFileSync(path.join(root, file), 'utf8'));
const validate = createManifestValidator([
  read('charts/slipway/crds/slipway.dev_tenants.yaml'),
]);

/** A tenant with these fields instead of usual ones; `undefined` leaves a field out. */
function tenant(spec: Record<string, unknown> = {}, name = 'apps') {
  return JSON.parse(
    JSON.stringify({
      apiVersion: 'slipway.dev/v1alpha1',
      kind: 'Tenant',
      metadata: { name },
      spec: {
        displayName: 'Apps',
        owners: ['user:default/jonas'],
        memberGroups: ['llm'],
        ...spec,
      },
    }),
  );
}

const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index));

describe('the definition of tenants', () => {
  it('takes the examples, and the least that makes sense', () => {
    const folder = path.join(root, 'examples/tenants');
    const files = fs.readdirSync(folder);
    expect(files).toHaveLength(3);
    for (const file of files) {
      expect(validate(read(path.join('examples/tenants', file)))).toEqual([]);
    }
    expect(validate(tenant({ memberGroups: undefined }))).toEqual([]);
    expect(validate(tenant({ state: 'suspended' }, 'a'))).toEqual([]);
    expect(
      validate(tenant({ memberGroups: ['/keycloak/path', 'Team C'] })),
    ).toEqual([]);
  });

  it.each([
    ['no owner', { owners: [] }, 'spec.owners'],
    ['owners left out', { owners: undefined }, 'spec.owners'],
    ['an owner that is a bare name', { owners: ['jonas'] }, 'spec.owners'],
    ['an owner in capitals', { owners: ['user:default/Jonas'] }, 'spec.owners'],
    [
      'an owner of another kind',
      { owners: ['component:default/x'] },
      'spec.owners',
    ],
    [
      'too many owners',
      { owners: many(33, n => `user:default/u${n}`) },
      'spec.owners',
    ],
    ['a blank group', { memberGroups: ['llm', ' '] }, 'spec.memberGroups'],
    ['a group that is a slash', { memberGroups: ['/'] }, 'spec.memberGroups'],
    [
      'too many groups',
      { memberGroups: many(65, n => `g${n}`) },
      'spec.memberGroups',
    ],
    [
      'one group twice',
      { memberGroups: ['llm', 'llm'] },
      'spec.memberGroups[1]',
    ],
    ['a blank display name', { displayName: ' ' }, 'spec.displayName'],
    [
      'a display name of two lines',
      { displayName: 'a\nb' },
      'spec.displayName',
    ],
    [
      'a display name without end',
      { displayName: 'x'.repeat(101) },
      'spec.displayName',
    ],
    ['a state that is none', { state: 'paused' }, 'spec.state'],
  ])('refuses %s and names the field', (_, spec, field) => {
    expect(validate(tenant(spec)).map(each => each.field)).toContain(field);
  });

  it.each(['Apps', '1apps', 'a.b', 'a-', 'x'.repeat(41), 'default', 'kube-x'])(
    'refuses the name %s, which could begin no namespace',
    name => {
      expect(
        validate(tenant({}, name))
          .map(each => each.message)
          .join(),
      ).toContain('metadata.name');
    },
  );
});
