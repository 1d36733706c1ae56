import fs from 'node:fs';
import path from 'node:path';
import { upstreamCrds } from './crds';
import { compileCrd, createManifestValidator } from './schema';
import { withShared, readYaml } from './schema/testing/sharedFolder';

/** A copy of a CustomResourceDefinition's spec that tells when somebody reads a property's schema. */
function watched<T>(spec: T, onLook: () => void): T {
  return JSON.parse(JSON.stringify(spec), (key, value) =>
    key === 'openAPIV3Schema'
      ? {
          ...value,
          properties: new Proxy(value.properties, {
            get: (properties, name) => {
              onLook();
              return Reflect.get(properties, name);
            },
          }),
        }
      : value,
  );
}

const script = path.resolve(__dirname, '..', 'scripts', 'vendorCrds.mjs');

describe('the vendored CustomResourceDefinitions', () => {
  it('are the kinds that the operator and the platform of the sandbox use, and no others', () => {
    expect(upstreamCrds().map(crd => crd.spec.names.kind)).toEqual([
      'AIGatewayRoute',
      'AIServiceBackend',
      'Backend',
      'BackendSecurityPolicy',
      'BackendTLSPolicy',
      'BackendTrafficPolicy',
      'ClientTrafficPolicy',
      'GatewayClass',
      'Gateway',
      'HTTPRouteFilter',
      'HTTPRoute',
      'InferencePool',
      'PodMonitor',
      'ReferenceGrant',
      'SecurityPolicy',
    ]);
  });

  it('are valid, and all their rules compile', () => {
    expect(() => createManifestValidator(upstreamCrds())).not.toThrow();
  });

  it('are the caller’s own', () => {
    const [first] = upstreamCrds();
    first.metadata.name = 'changed';
    expect(upstreamCrds()[0].metadata.name).not.toBe('changed');
  });

  it('have no descriptions left, but properties of that name', () => {
    const text = JSON.stringify(upstreamCrds().map(crd => crd.spec.versions));
    expect(text).not.toMatch(/"description":"[^"]{0,20}[a-z] [a-z][^"]{60}/);
  });

  it('compile without looking into their schemas', () => {
    let looks = 0;
    const kinds = upstreamCrds().flatMap(crd =>
      compileCrd({
        ...crd,
        spec: watched(crd.spec, () => {
          looks += 1;
        }),
        metadata: {
          ...crd.metadata,
          uid: '',
          resourceVersion: '',
          creationTimestamp: '',
        },
      }),
    );
    expect(kinds.length).toBeGreaterThanOrEqual(15);
    expect(looks).toBe(0);
  });
});

withShared({ describe, it }, 'the upstream files', shared => {
  it('are what was vendored, but for the descriptions of their schemas', async () => {
    const { selection, vendored } = await import(script);
    const byName = new Map(upstreamCrds().map(crd => [crd.metadata.name, crd]));
    for (const [project, names] of Object.entries<string[]>(selection)) {
      for (const name of names) {
        const file = path.join(shared, 'crds', project, `${name}.yaml`);
        expect(byName.get(name)).toEqual(
          vendored(fs.readFileSync(file, 'utf8')),
        );
        byName.delete(name);
        const [upstream] = readYaml(file);
        expect(upstream.metadata).toHaveProperty('name', name);
      }
    }
    expect([...byName.keys()]).toEqual([]);
  });
});
