import type { KubeObject } from '@slipway/controller';
import { judgeNetwork, Traffic } from './network';

const traffic: Traffic = {
  from: [
    {
      name: 'envoy-gateway-system',
      labels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' },
    },
  ],
  to: { namespace: 'models', labels: { app: 'tiny' } },
  port: { number: 8000, name: 'http' },
};

function policy(name: string, spec: object): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'models' },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
  };
}

const fromGateway = {
  namespaceSelector: {
    matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' },
  },
};
const denyAll = policy('deny-all', {});
const allow = policy('allow', { ingress: [{ from: [fromGateway] }] });

function reach(...policies: KubeObject[]): string {
  const seen = judgeNetwork(policies, traffic);
  return seen.known ? seen.value.reach : 'unknown';
}

describe('network policies', () => {
  it('let everything to pods that none selects', () => {
    expect(reach()).toBe('open');
    expect(
      reach(policy('other', { podSelector: { matchLabels: { app: 'x' } } })),
    ).toBe('open');
    expect(reach(policy('out', { policyTypes: ['Egress'] }))).toBe('open');
  });

  it('add up: one rule of one policy is enough', () => {
    expect(reach(denyAll)).toBe('closed');
    expect(reach(denyAll, allow)).toBe('open');
    expect(judgeNetwork([denyAll], traffic)).toEqual({
      known: true,
      value: { reach: 'closed', policies: ['deny-all'] },
    });
  });

  it.each<[string, object, string]>([
    ['everybody', {}, 'open'],
    [
      'another namespace',
      { from: [{ namespaceSelector: { matchLabels: { a: 'b' } } }] },
      'closed',
    ],
    ['every namespace', { from: [{ namespaceSelector: {} }] }, 'open'],
    [
      'pods of its own namespace only',
      { from: [{ podSelector: {} }] },
      'closed',
    ],
    [
      'another port',
      { from: [fromGateway], ports: [{ port: 9090, protocol: 'TCP' }] },
      'closed',
    ],
    [
      'its port by name',
      { from: [fromGateway], ports: [{ port: 'http' }] },
      'open',
    ],
    [
      'a range of ports',
      { from: [fromGateway], ports: [{ port: 7000, endPort: 8000 }] },
      'open',
    ],
    [
      'the port, but UDP',
      { from: [fromGateway], ports: [{ port: 8000, protocol: 'UDP' }] },
      'closed',
    ],
    ['addresses', { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }, 'unknown'],
    [
      'some pods of the gateway',
      { from: [{ ...fromGateway, podSelector: { matchLabels: { a: 'b' } } }] },
      'unknown',
    ],
    [
      'namespaces by expression',
      {
        from: [
          {
            namespaceSelector: {
              matchExpressions: [
                {
                  key: 'kubernetes.io/metadata.name',
                  operator: 'In',
                  values: ['envoy-gateway-system'],
                },
                { key: 'secret', operator: 'DoesNotExist' },
              ],
            },
          },
        ],
      },
      'open',
    ],
  ])('that let in %s', (_whom, rule, expected) => {
    expect(reach(policy('p', { ingress: [rule] }))).toBe(expected);
  });
});
