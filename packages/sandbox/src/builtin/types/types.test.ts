import { ApiFailure } from '../../types';
import { decodeObject } from './decode';
import { mergeSchemaOf } from './mergeSchemaOf';
import { FieldType, parseTypes } from './parseTypes';
import { types } from '.';
import { zeroValueOf } from './zeroValue';

/** Names of structs that a type mentions. */
function mentioned(type: FieldType): string[] {
  switch (type.type) {
    case 'struct':
      return [type.name];
    case 'list':
      return mentioned(type.items);
    case 'map':
      return mentioned(type.values);
    default:
      return [];
  }
}

function failureOf(run: () => unknown): ApiFailure {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiFailure) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the table of types', () => {
  it('is closed: every struct that a field mentions is there', () => {
    const names = [...types.values()].flatMap(struct =>
      [...struct.fields.values()].flatMap(mentioned),
    );
    const missing = names.filter(name => !types.has(name));
    expect(missing).toEqual([]);
    expect(types.size).toBeGreaterThan(200);
  });

  it('has for every keyed list elements with those keys', () => {
    const missing: string[] = [];
    for (const struct of types.values()) {
      for (const [field, type] of struct.fields) {
        if (type.type === 'list' && type.items.type === 'struct') {
          const fields = types.get(type.items.name)?.fields;
          const keys = [...type.keys, type.patch?.key ?? []].flat();
          const lost = keys.filter(key => !fields?.has(key));
          missing.push(...lost.map(key => `${struct.name}.${field}: ${key}`));
        }
      }
    }
    expect(missing).toEqual([]);
  });

  it('refuses a line that it can not read', () => {
    expect(() => parseTypes('Thing a:[s]?x')).toThrow(
      'Not in the notation of types: ?x',
    );
  });
});

describe('merge schemas', () => {
  it('say how server-side apply and strategic merge patches treat containers and their ports', () => {
    const containers = mergeSchemaOf('PodSpec').fields?.containers;
    expect(containers).toMatchObject({
      listType: 'map',
      listKeys: ['name'],
      patchStrategy: 'merge',
      patchMergeKey: 'name',
    });
    expect(containers?.items?.fields?.ports).toMatchObject({
      listKeys: ['containerPort', 'protocol'],
      listKeyDefaults: { protocol: 'TCP' },
      patchMergeKey: 'containerPort',
    });
    expect(mergeSchemaOf('PodSpec').fields?.volumes.patchStrategy).toBe(
      'merge,retainKeys',
    );
    expect(mergeSchemaOf('LabelSelector').atomic).toBe(true);
    expect(mergeSchemaOf('PodSpec').fields?.tolerations.listType).toBe(
      'atomic',
    );
  });

  it('may contain themselves', () => {
    const schema = mergeSchemaOf('JSONSchemaProps');
    expect(schema.fields?.properties.values).toBe(schema);
  });
});

test('structs that Go holds by value are there before anything is set', () => {
  expect(zeroValueOf('Deployment')).toEqual({
    metadata: {},
    spec: {
      strategy: {},
      template: { metadata: {}, spec: { containers: [] } },
    },
    status: {},
  });
  expect(zeroValueOf('ConfigMap')).toEqual({ metadata: {} });
});

describe('decoding', () => {
  const decode = (spec: unknown, kind = 'Deployment') =>
    decodeObject(
      { apiVersion: 'apps/v1', kind, metadata: { name: 'd' }, spec },
      kind,
      'v1',
      kind,
    );

  it('drops unknown fields and tells their paths, lists and maps included', () => {
    const { object, unknownFields } = decode({
      replicas: 1,
      replicaz: 2,
      template: {
        spec: { containers: [{ name: 'a' }, { name: 'b', imag: 'x' }] },
      },
    });
    expect(unknownFields).toEqual([
      'spec.replicaz',
      'spec.template.spec.containers[1].imag',
    ]);
    expect(object.spec).toEqual({
      replicas: 1,
      template: { spec: { containers: [{ name: 'a' }, { name: 'b' }] } },
    });
  });

  it('leaves out what Go leaves out: nulls, empty lists and maps, zero values; but not empty structs', () => {
    const { object } = decode({
      paused: false,
      replicas: 0,
      minReadySeconds: 0,
      template: {
        metadata: { labels: {}, name: null },
        spec: {
          nodeSelector: {},
          volumes: [{ name: 'v', emptyDir: {} }],
          containers: [
            {
              name: 'a',
              env: [{ name: 'E', value: '' }],
              args: [],
              resources: null,
            },
          ],
        },
      },
    });
    expect(object.spec).toEqual({
      replicas: 0,
      template: {
        metadata: {},
        spec: {
          volumes: [{ name: 'v', emptyDir: {} }],
          containers: [{ name: 'a', env: [{ name: 'E' }] }],
        },
      },
    });
  });

  it.each([
    [
      { replicas: 'two' },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { replicas: 1.5 },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { replicas: 3_000_000_000 },
      'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { strategy: { rollingUpdate: { maxSurge: true } } },
      'json: cannot unmarshal bool into Go value of type int32',
    ],
    [
      { template: { metadata: { labels: { a: 5 } } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.spec.template.metadata.labels of type string',
    ],
    [
      { template: { spec: { containers: {} } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      { template: { spec: { containers: [{ image: 1 }] } } },
      'json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.image of type string',
    ],
    [
      { template: { spec: { nodeSelector: { a: true } } } },
      'json: cannot unmarshal bool into Go struct field PodSpec.spec.template.spec.nodeSelector of type string',
    ],
    [
      {
        template: {
          spec: { containers: [{ resources: { limits: { cpu: 'much' } } }] },
        },
      },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ])('%j is refused as Go would', (spec, message) => {
    const failure = failureOf(() => decode(spec));
    expect(failure.code).toBe(400);
    expect(failure.message).toBe(
      `Deployment in version "v1" cannot be handled as a Deployment: ${message}`,
    );
  });

  it('takes 64 bits where Go has 64 bits', () => {
    const seconds = { terminationGracePeriodSeconds: 3_000_000_000 };
    const { object } = decode({ template: { spec: seconds } });
    expect(object.spec).toEqual({ template: { spec: seconds } });
  });

  /** A Lease has times with microseconds, a condition of a Deployment one with seconds. */
  const lease = (renewTime: unknown) =>
    decodeObject({ metadata: {}, spec: { renewTime } }, 'Lease', 'v1', 'Lease')
      .object.spec;
  const condition = (lastUpdateTime: unknown) =>
    decodeObject(
      { status: { conditions: [{ lastUpdateTime }] } },
      'Deployment',
      'v1',
      'Deployment',
    ).object.status;

  it('gives times back in UTC with the digits of their type (`Time` and `MicroTime` of apimachinery)', () => {
    for (const time of [
      '2020-01-01T00:00:00Z',
      '2020-01-01T00:00:00.987Z',
      '2020-01-01T01:30:00+01:30',
      '2019-12-31T19:00:00-05:00',
    ]) {
      expect(condition(time)).toEqual({
        conditions: [{ lastUpdateTime: '2020-01-01T00:00:00Z' }],
      });
    }
    for (const time of [
      '2020-01-01T00:00:00.123456Z',
      '2020-01-01T02:00:00.123456+02:00',
    ]) {
      expect(lease(time)).toEqual({ renewTime: '2020-01-01T00:00:00.123456Z' });
    }
  });

  it.each([
    ['2020-13-01T00:00:00Z', 'parsing time .*: month out of range'],
    ['2020-02-30T00:00:00Z', 'parsing time .*: day out of range'],
    ['2020-01-01T24:00:00Z', 'parsing time .*: hour out of range'],
    ['2020-01-01T00:60:00Z', 'parsing time .*: minute out of range'],
    ['2020-01-01T00:00:60Z', 'parsing time .*: second out of range'],
    ['yesterday', 'parsing time .*: cannot parse "yesterday" as "2006"'],
    [5, 'json: cannot unmarshal number into Go value of type string'],
  ])('refuses the time %s', (time, message) => {
    expect(() => condition(time)).toThrow(new RegExp(message));
  });

  it('refuses a time without microseconds where they belong (transcript 042)', () => {
    expect(() => lease('2020-01-01T00:00:00Z')).toThrow(/parsing time/);
  });

  it('reads base64 as Go does, with line breaks in it or not', () => {
    const secret = (k: string) =>
      decodeObject({ metadata: {}, data: { k } }, 'Secret', 'v1', 'Secret');
    expect(() => secret('***')).toThrow(/illegal base64 data at input byte 0/);
    expect(() => secret('YWI')).toThrow(/illegal base64 data at input byte 0/);
    expect(secret('YWI=').object.data).toEqual({ k: 'YWI=' });
    expect(secret('YW\nI=\n').object.data).toEqual({ k: 'YWI=' });
  });
});
