import path from 'node:path';
import { JsonObject } from '../api/seams';
import { upstreamCrds } from '../crds';
import { compileProgram } from './cel/program';
import { isObject } from './json';
import { childSchemas } from './schemaNode';
import { withShared, readCrds, readYaml } from './testing/sharedFolder';
import { createManifestValidator } from './validateManifest';

const route = (rule: JsonObject): JsonObject => ({
  apiVersion: 'aigateway.envoyproxy.io/v1beta1',
  kind: 'AIGatewayRoute',
  metadata: { name: 'm', namespace: 'n' },
  spec: {
    parentRefs: [{ name: 'ai', namespace: 'envoy-gateway-system' }],
    rules: [rule],
  },
});
const pool = {
  name: 'm',
  group: 'inference.networking.k8s.io',
  kind: 'InferencePool',
};

describe('a manifest is checked as an API server would', () => {
  const validate = createManifestValidator(upstreamCrds());

  it('a good one has no violations', () => {
    expect(validate(route({ backendRefs: [pool] }))).toEqual([]);
  });

  it('a misspelt field is a violation, as are wrong values', () => {
    expect(
      validate(route({ backendRefs: [{ ...pool, weigth: 1, weight: -1 }] })),
    ).toEqual([
      expect.objectContaining({ field: 'spec.rules[0].backendRefs[0].weigth' }),
      expect.objectContaining({
        field: 'spec.rules[0].backendRefs[0].weight',
        message:
          'Invalid value: -1: spec.rules[0].backendRefs[0].weight in body should be greater than or equal to 0',
      }),
    ]);
  });

  it('what only a rule forbids is a violation', () => {
    const mixed = [pool, { name: 'other' }];
    expect(
      validate(route({ backendRefs: mixed })).map(found => found.message),
    ).toEqual([
      'Invalid value: cannot mix InferencePool and AIServiceBackend references in the same rule',
      'Invalid value: only one InferencePool backend is allowed per rule',
    ]);
  });

  it('a kind or version that nobody serves is a violation, and so is a missing name', () => {
    expect(validate({ apiVersion: 'v1', kind: 'Nothing' })).toEqual([
      expect.objectContaining({
        message: 'no CustomResourceDefinition serves v1 Nothing',
      }),
    ]);
    expect(
      validate({ ...route({ backendRefs: [pool] }), metadata: {} })[0].field,
    ).toBe('metadata.name');
  });

  it('two definitions of a kind, or a broken one, are refused', () => {
    const [crd] = upstreamCrds();
    expect(() => createManifestValidator([crd, crd])).toThrow(
      'two CustomResourceDefinitions serve',
    );
    crd.spec.versions = [];
    expect(() => createManifestValidator([crd])).toThrow(
      'CustomResourceDefinition aigatewayroutes.aigateway.envoyproxy.io is invalid: spec.versions: Required value',
    );
  });
});

function rulesOf(schema: JsonObject): string[] {
  const own = Array.isArray(schema['x-kubernetes-validations'])
    ? schema['x-kubernetes-validations']
    : [];
  return [
    ...own.map(rule => String(rule.rule)),
    ...childSchemas(schema).flatMap(([, child]) => rulesOf(child)),
  ];
}

function schemasIn(crd: JsonObject): JsonObject[] {
  const spec = isObject(crd.spec) ? crd.spec : {};
  const versions = Array.isArray(spec.versions) ? spec.versions : [];
  return versions.map(version => version.schema.openAPIV3Schema);
}

withShared(
  { describe, it },
  'the definitions of the upstream projects',
  shared => {
    const common = [
      'envoy-ai-gateway',
      'gateway-api-inference-extension',
      'prometheus-operator',
      'nebari-llm-serving-pack',
      'cert-manager',
      'external-secrets',
      'kueue',
      'keda-http-add-on',
      'lws',
      'agentgateway',
      'llm-d-router',
    ];

    it.each([
      [
        'with the gateway that AI Gateway is built against',
        ['gateway-api-v1.5.1', 'envoy-gateway-v1.8.3', ...common],
      ],
      ['with the newest gateway', ['gateway-api', 'envoy-gateway']],
    ])(
      '%s: all are accepted, and all their rules compile',
      (_name, folders) => {
        const crds = folders.flatMap(folder =>
          readCrds(shared, 'crds', folder),
        );
        expect(() => createManifestValidator(crds)).not.toThrow();
        const rules = new Set(crds.flatMap(schemasIn).flatMap(rulesOf));
        expect(rules.size).toBeGreaterThan(150);
        for (const rule of rules) {
          expect(() => compileProgram(rule)).not.toThrow();
        }
      },
    );

    it('the sample models are valid', () => {
      const validate = createManifestValidator(
        readCrds(shared, 'crds', 'nebari-llm-serving-pack'),
      );
      const samples = path.join(shared, 'samples');
      const documents = [
        'cpu-mock.yaml',
        'devstral-small.yaml',
        'minimal.yaml',
        'passthrough-openrouter.yaml',
        'qwen3-5-35b-a3b-gptq-int4.yaml',
      ].flatMap(file => readYaml(samples, file));
      const models = documents.filter(document =>
        String(document.apiVersion).startsWith('llm.nebari.dev/'),
      );
      expect(models.length).toBeGreaterThanOrEqual(5);
      for (const model of models) expect(validate(model)).toEqual([]);
    });
  },
);
