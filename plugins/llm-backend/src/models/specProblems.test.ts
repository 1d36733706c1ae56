import { createManifestValidator, upstreamCrds } from '@slipway/sandbox';
import fc from 'fast-check';
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import {
  exampleModel,
  examplePlatform,
  renderEverything,
} from './__testUtils__/examples';
import { at } from './json';
import { parseModel } from './model';
import { findSpecProblem } from './specProblems';

const CRDS = path.resolve(
  __dirname,
  '..',
  '..',
  '..',
  '..',
  'charts',
  'slipway',
  'crds',
);
const ours = parse(
  fs.readFileSync(path.join(CRDS, 'llmmodels.llm.nebari.dev.yaml'), 'utf8'),
);
const upstream = upstreamCrds();
const validate = createManifestValidator([ours, ...upstream]);
const known = new Set(
  upstream.map(
    crd => `${at(crd, 'spec', 'group')}/${at(crd, 'spec', 'names', 'kind')}`,
  ),
);

const refused: [string, Record<string, unknown>, string][] = [
  [
    'parallelism beyond the GPUs',
    { serving: { tensorParallelism: 2 } },
    'spec.serving.tensorParallelism',
  ],
  [
    'both kinds of parallelism beyond the GPUs',
    {
      resources: { gpu: { count: 2 } },
      serving: { tensorParallelism: 2, dataParallelism: 2 },
    },
    'spec.serving.tensorParallelism',
  ],
  [
    'parallelism without a GPU',
    { resources: { gpu: { count: 0 } }, serving: { tensorParallelism: 2 } },
    'spec.serving.tensorParallelism',
  ],
  [
    'replicas on a claim for one node',
    { serving: { replicas: 2 } },
    'spec.serving.replicas',
  ],
  ['OCI without an image', { model: { source: 'oci' } }, 'spec.model.image'],
  [
    'a size that is none',
    { model: { storage: { size: '80 GB' } } },
    'spec.model.storage.size',
  ],
  ['no size', { model: { storage: { size: '' } } }, 'spec.model.storage'],
  ['size zero', { model: { storage: { size: '0Gi' } } }, 'spec.model.storage'],
  [
    "the operator's flags",
    { serving: { vllmArgs: ['--served-model-name=x'] } },
    'spec.serving.vllmArgs',
  ],
  [
    "the operator's flags with underscores",
    { advanced: { vllm: { extraArgs: ['--served_model_name', 'x'] } } },
    'spec.advanced.vllm.extraArgs',
  ],
  [
    'a key that would make the probes fail',
    { serving: { vllmArgs: ['--api-key', 'x'] } },
    'spec.serving.vllmArgs',
  ],
  [
    'blank groups',
    { access: { public: false, groups: ['ok', ' '] } },
    'spec.access.groups',
  ],
  ['nobody', { access: { public: false } }, 'spec.access'],
  [
    'fewer than no GPUs',
    { resources: { gpu: { count: -1 } } },
    'spec.resources.gpu.count',
  ],
  [
    'fewer than no replicas',
    { serving: { replicas: -1 } },
    'spec.serving.replicas',
  ],
  ['a blank model id', { model: { name: ' ' } }, 'spec.model.name'],
  [
    'an id that is no repository',
    { model: { name: 'a/b/c' } },
    'spec.model.name',
  ],
];

const taken: [string, Record<string, unknown>][] = [
  [
    'several replicas on a claim for many nodes',
    {
      serving: { replicas: 3 },
      model: { storage: { accessMode: 'ReadWriteMany' } },
    },
  ],
  [
    'several replicas pinned to one node',
    {
      serving: { replicas: 3 },
      advanced: { vllm: { nodeSelector: { 'kubernetes.io/hostname': 'a' } } },
    },
  ],
  [
    'several replicas with volumes of their own',
    { serving: { replicas: 3 }, model: { storage: { type: 'emptyDir' } } },
  ],
  [
    'parallelism on CPUs with an image for it',
    {
      resources: { gpu: { count: 0 } },
      serving: { tensorParallelism: 2, image: 'cpu:1' },
    },
  ],
  ['no replicas', { serving: { replicas: 0 } }],
  [
    'flags that only look like ours',
    {
      serving: {
        vllmArgs: ['--model-loader-extra-config', '{}', '--port-range=1'],
      },
    },
  ],
  [
    'both endpoints disabled',
    {
      endpoints: { external: { enabled: false }, internal: { enabled: false } },
    },
  ],
];

function violations(spec: Record<string, unknown>) {
  return validate({ ...exampleModel(spec) });
}

describe('the definition and the operator refuse the same', () => {
  it.each(refused)('%s', (_, spec, field) => {
    const found = violations(spec);
    expect(found.map(each => each.field)).toContain(field);
    const problem = findSpecProblem(parseModel(exampleModel(spec)));
    expect(
      problem?.path.startsWith(field) || field.startsWith(problem?.path ?? '-'),
    ).toBe(true);
  });

  it.each(taken)('but not %s', (_, spec) => {
    expect(violations(spec)).toEqual([]);
    expect(findSpecProblem(parseModel(exampleModel(spec)))).toBeUndefined();
  });

  it.each(['has.dots', '1st', 'x'.repeat(60)])(
    'names that make no label or Service: %s',
    name => {
      const object = exampleModel({}, { name });
      expect(
        validate({ ...object })
          .map(each => each.message)
          .join(),
      ).toContain('metadata.name');
      expect(findSpecProblem(parseModel(object))?.path).toBe('metadata.name');
    },
  );

  it('a key of the server is found by the operator: the gateway has none', () => {
    const extraEnv = [{ name: 'VLLM_API_KEY', value: 'secret' }];
    const found = findSpecProblem(
      parseModel(exampleModel({ advanced: { vllm: { extraEnv } } })),
    );
    expect(found).toMatchObject({
      path: 'spec.advanced.vllm.extraEnv',
      message: expect.stringContaining('remove it'),
    });
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  it('requests above limits, which needs arithmetic, are found by the operator', () => {
    const spec = {
      resources: { requests: { memory: '2Gi' }, limits: { memory: '1500Mi' } },
    };
    expect(findSpecProblem(parseModel(exampleModel(spec)))?.path).toBe(
      'spec.resources.requests.memory',
    );
  });
});

describe('every object in every option', () => {
  const option = <T>(value: fc.Arbitrary<T>) =>
    fc.option(value, { nil: undefined });
  const specs = fc.record({
    model: fc.oneof(
      fc.record({
        name: fc.constantFrom(
          'acme/tiny',
          'tiny',
          'mistralai/Devstral-Small-2505',
        ),
        source: fc.constant('huggingface'),
        revision: option(fc.constantFrom('main', 'v1.0', 'refs/pr/3')),
        authSecretName: option(fc.constant('hf')),
        preload: option(fc.boolean()),
        storage: fc.oneof(
          fc.record({
            type: fc.constant('pvc'),
            size: fc.constantFrom('10Gi', '1.5T'),
            storageClassName: option(fc.constant('fast')),
            accessMode: fc.constant('ReadWriteMany'),
          }),
          fc.record({
            type: fc.constant('emptyDir'),
            size: option(fc.constant('5Gi')),
          }),
        ),
      }),
      fc.record({
        name: fc
          .string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' })
          .filter(text => /^\S(.*\S)?$/.test(text)),
        source: fc.constant('oci'),
        image: fc.constant('reg/x:1'),
      }),
    ),
    resources: fc.record({
      gpu: fc.record({
        count: fc.nat(16),
        type: fc.constantFrom(
          'nvidia',
          'amd',
          'intel',
          'nvidia.com/mig-1g.5gb',
        ),
      }),
    }),
    access: fc.oneof(
      fc.constant({ public: true }),
      fc.record({
        groups: fc.array(fc.constantFrom('a', '/b', 'Team C', 'd/e'), {
          minLength: 1,
          maxLength: 200,
        }),
      }),
    ),
    serving: option(
      fc.record({
        replicas: fc.nat(4),
        monitoring: fc.record({ enabled: fc.boolean() }),
        updateStrategy: fc.constantFrom('Recreate', 'RollingUpdate'),
      }),
    ),
    endpoints: option(
      fc.record({
        external: fc.record({ enabled: fc.boolean() }),
        internal: fc.record({ enabled: fc.boolean() }),
        requestTimeout: fc.constantFrom('600s', '1h30m'),
      }),
    ),
  });

  it('validates against the definitions of the gateway side, of which there are many', () => {
    let checked = 0;
    fc.assert(
      fc.property(specs, fc.boolean(), (spec, imageVolumes) => {
        const clean: Record<string, unknown> = JSON.parse(JSON.stringify(spec));
        const object = exampleModel(clean);
        fc.pre(
          validate({ ...object }).length === 0 &&
            findSpecProblem(parseModel(object)) === undefined,
        );
        for (const rendered of renderEverything(
          object,
          examplePlatform({ imageVolumes }),
        )) {
          const group = rendered.apiVersion.split('/')[0];
          const problems = known.has(`${group}/${rendered.kind}`)
            ? validate({ ...rendered })
            : [];
          checked += known.has(`${group}/${rendered.kind}`) ? 1 : 0;
          expect(problems).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
    expect(checked).toBeGreaterThan(200);
  });

  it('has the labels to be pruned by and its owner, and never two variables of one name', () => {
    fc.assert(
      fc.property(specs, spec => {
        const object = exampleModel(JSON.parse(JSON.stringify(spec)));
        for (const { metadata, kind, ...rest } of renderEverything(
          object,
          examplePlatform(),
        )) {
          expect(metadata.ownerReferences?.[0]).toMatchObject({
            kind: 'LLMModel',
            uid: object.metadata.uid,
          });
          expect(metadata.labels).toMatchObject({
            'app.kubernetes.io/managed-by': 'nebari-llm-operator',
            'llm.nebari.dev/model': 'tiny',
          });
          expect(rest).not.toHaveProperty('stringData');
          expect(metadata.name.length).toBeLessThanOrEqual(63);
          expect(kind).not.toBe('Secret');
        }
      }),
      { numRuns: 40 },
    );
  });
});
