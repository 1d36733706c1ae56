import { KubeObject, systemClock, silentLogger } from '@slipway/controller';
import { waitFor } from '@slipway/controller/testing';
import { parse } from 'yaml';
import { envoyAIGateway } from '../gateway/envoy-ai-gateway';
import {
  exampleModel,
  examplePlatform,
  renderEverything,
} from './__testUtils__/examples';
import { IssuerKeys } from './IssuerKeys';
import { at, listAt, recordAt, textAt, textsAt } from './json';
import { parseModel, weightsHash } from './model';
import { configHash } from './render';

/*
 * Defects of the reference operator that could be ours. What shows only on a cluster (routes before policies, leaks after deletion, finalizers
 * and labels of others, replicas of autoscalers, polling) is tested there: operator.test.ts, operatorFaults.test.ts.
 */

function rendered(
  spec: Record<string, unknown>,
  kind: string,
  name: string,
): KubeObject {
  const found = renderEverything(exampleModel(spec), examplePlatform()).find(
    object => object.kind === kind && object.metadata.name === name,
  );
  if (!found) {
    throw new Error(`no ${kind} ${name}`);
  }
  return found;
}

function container(object: KubeObject): unknown {
  return listAt(object, 'spec', 'template', 'spec', 'containers')[0];
}

describe('defects of the reference operator', () => {
  it('models without GPUs were given a tensor parallelism of 0', () => {
    const args = textsAt(
      container(
        rendered({ resources: { gpu: { count: 0 } } }, 'Deployment', 'tiny'),
      ),
      'args',
    );
    expect(args[args.indexOf('--tensor-parallel-size') + 1]).toBe('1');
  });

  it('tensor times data parallelism went beyond the GPUs by default', () => {
    const args = textsAt(
      container(
        rendered(
          { resources: { gpu: { count: 4 } }, serving: { dataParallelism: 2 } },
          'Deployment',
          'tiny',
        ),
      ),
      'args',
    );
    expect(args[args.indexOf('--tensor-parallel-size') + 1]).toBe('2');
  });

  it("the GPUs' vendor was never read", () => {
    const deployment = rendered(
      { resources: { gpu: { count: 2, type: 'amd' } } },
      'Deployment',
      'tiny',
    );
    expect(recordAt(container(deployment), 'resources', 'limits')).toEqual({
      'amd.com/gpu': '2',
    });
    expect(
      listAt(deployment, 'spec', 'template', 'spec', 'tolerations'),
    ).toEqual([
      { key: 'amd.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
    ]);
  });

  it('the hash of the weights ran fields together and left some out', () => {
    const hash = (spec: Record<string, unknown>) =>
      weightsHash(parseModel(exampleModel({ model: spec })));
    expect(hash({ name: 'acme/ab', revision: 'c' })).not.toBe(
      hash({ name: 'acme/a', revision: 'bc' }),
    );
    expect(
      configHash(
        parseModel(
          exampleModel({ model: { name: 'x', source: 'oci', image: 'a' } }),
        ),
      ),
    ).not.toBe(
      configHash(
        parseModel(
          exampleModel({ model: { name: 'x', source: 'oci', image: 'b' } }),
        ),
      ),
    );
  });

  it('the weights of two revisions were mixed in one directory', () => {
    const directory = (revision: string) => {
      const args = textsAt(
        container(rendered({ model: { revision } }, 'Deployment', 'tiny')),
        'args',
      );
      return args[args.indexOf('--model') + 1];
    };
    expect(directory('v1')).not.toBe(directory('v2'));
  });

  it('every replica fetched the weights itself, holding its GPU', () => {
    expect(
      at(
        rendered({}, 'Deployment', 'tiny'),
        'spec',
        'template',
        'spec',
        'initContainers',
      ),
    ).toBeUndefined();
    const job = renderEverything(exampleModel(), examplePlatform()).find(
      object => object.kind === 'Job',
    );
    expect(
      JSON.stringify(at(job, 'spec', 'template', 'spec', 'containers')),
    ).not.toContain('nvidia.com/gpu');
  });

  it('the endpoint picker had no scorer, so that it picked at random', () => {
    const config = parse(
      String(
        recordAt(rendered({}, 'ConfigMap', 'tiny-epp-config'), 'data')[
          'epp-config.yaml'
        ],
      ),
    );
    expect(
      listAt(config, 'plugins').map(plugin => textAt(plugin, 'type')),
    ).toEqual(
      expect.arrayContaining(['queue-scorer', 'kv-cache-utilization-scorer']),
    );
  });

  it("a change of the endpoint picker's configuration did not reach it", () => {
    const checksum = (spec: Record<string, unknown>) =>
      at(
        rendered(spec, 'Deployment', 'tiny-epp'),
        'spec',
        'template',
        'metadata',
        'annotations',
      );
    expect(
      checksum({
        advanced: {
          inferencePool: { schedulerConfig: { kind: 'EndpointPickerConfig' } },
        },
      }),
    ).not.toEqual(checksum({}));
  });

  it("the network policy shut out Prometheus from the picker, and let other models' pickers in", () => {
    const ingress = listAt(
      rendered({}, 'NetworkPolicy', 'tiny-deny-direct'),
      'spec',
      'ingress',
    );
    expect(
      ingress
        .flatMap(rule => listAt(rule, 'ports'))
        .map(port => at(port, 'port')),
    ).toEqual([8000, 9090]);
    expect(JSON.stringify(ingress)).toContain(
      '"app.kubernetes.io/instance":"tiny","app.kubernetes.io/name":"epp"',
    );
  });

  it('server and picker pods were selected by one label', () => {
    expect(
      at(rendered({}, 'Deployment', 'tiny'), 'spec', 'selector', 'matchLabels'),
    ).toEqual({
      'app.kubernetes.io/instance': 'tiny',
      'app.kubernetes.io/name': 'llmmodel',
    });
  });

  it('liveness probes without a timeout killed busy servers', () => {
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(
        at(
          container(rendered({}, 'Deployment', 'tiny')),
          probe,
          'timeoutSeconds',
        ),
      ).toBeGreaterThanOrEqual(5);
    }
  });

  it('more than 16 groups broke the policy', () => {
    const groups = Array.from({ length: 150 }, (_, index) => `g${index}`);
    const policy = envoyAIGateway.renderPolicy(
      parseModel(exampleModel({ access: { public: false, groups } })),
      examplePlatform(),
      'internal',
    );
    const rules = listAt(policy, 'spec', 'authorization', 'rules');
    const values = rules.map(rule =>
      textsAt(listAt(rule, 'principal', 'jwt', 'claims')[0], 'values'),
    );
    expect(values.every(each => each.length <= 128)).toBe(true);
    expect(new Set(values.flat()).size).toBe(300);
  });

  it("the address of the issuer's keys was guessed, which only Keycloak matches", async () => {
    const asked: string[] = [];
    const keys = new IssuerKeys({
      issuer: 'https://id.example.com/',
      clock: systemClock,
      logger: silentLogger,
      fetchDiscovery: async url => {
        asked.push(url);
        return {
          issuer: 'https://id.example.com',
          jwks_uri: 'https://keys.example.com/all',
        };
      },
    });
    keys.start();
    await waitFor(() => keys.jwksUri);
    keys.stop();
    expect(asked).toEqual([
      'https://id.example.com/.well-known/openid-configuration',
    ]);
    expect(keys.jwksUri).toBe('https://keys.example.com/all');
  });

  it('pods ran as root with a token for the API server', () => {
    for (const object of renderEverything(
      exampleModel(),
      examplePlatform(),
    ).filter(each => ['Job', 'Deployment'].includes(each.kind))) {
      expect(
        at(object, 'spec', 'template', 'spec', 'securityContext'),
      ).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(
        at(object, 'spec', 'template', 'spec', 'automountServiceAccountToken'),
      ).toBe(object.metadata.name === 'tiny-epp' ? undefined : false);
    }
  });
});
