import { JsonObject } from '../api/seams';
import { StoredObject } from '../types';
import { builtinKinds } from '.';

/*
 * Services beyond transcript 032. Sources: `pkg/registry/core/service/storage` (allocation) and `pkg/apis/core/validation` of Kubernetes.
 */

const context = {
  now: '2026-01-01T00:00:00Z',
  user: { name: 'test', groups: [] },
};
const kind = builtinKinds.find(item => item.kind === 'Service');

function written(spec: JsonObject, old?: StoredObject) {
  if (!kind) {
    throw new Error('no Services');
  }
  const metadata = {
    name: 'x',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const { object } = kind.decode({ spec });
  const draft = { ...object, apiVersion: 'v1', kind: 'Service', metadata };
  kind.default(draft);
  if (old) {
    kind.prepareUpdate(draft, old, context);
  } else {
    kind.prepareCreate(draft, context);
  }
  const errors = old
    ? kind.validateUpdate(draft, old, context)
    : kind.validateCreate(draft, context);
  const stored: StoredObject & { spec?: unknown } = draft;
  return {
    stored,
    refusals: errors.map(({ field, message }) => `${field}: ${message}`),
  };
}

const nodePort = expect.any(Number);
const http = { name: 'http', port: 80 };
const https = { name: 'https', port: 443 };

describe('ports of nodes', () => {
  it.each(['NodePort', 'LoadBalancer'])(
    'are given to every port of a %s',
    type => {
      const { stored, refusals } = written({ type, ports: [http, https] });
      expect(refusals).toEqual([]);
      expect(stored.spec).toMatchObject({
        ports: [
          { name: 'http', nodePort },
          { name: 'https', nodePort },
        ],
      });
      const cells = kind?.cells(stored, 0) ?? [];
      expect(cells[4]).toMatch(/^80:3\d{4}\/TCP,443:3\d{4}\/TCP$/);
    },
  );

  it('are not given to a load balancer that does without, and to no ClusterIP', () => {
    for (const spec of [
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false },
      { type: 'ClusterIP' },
    ]) {
      const { stored } = written({ ...spec, ports: [http] });
      expect(JSON.stringify(stored.spec)).not.toContain('nodePort');
    }
  });

  it('stay with the name of their port through updates that leave them out', () => {
    const first = written({ type: 'NodePort', ports: [http, https] }).stored;
    const changed = { ...http, port: 8080, targetPort: 80 };
    const ports = [https, changed, { name: 'grpc', port: 9000 }];
    const second = written({ type: 'LoadBalancer', ports }, first).stored;
    const portsOf = ({ spec }: { spec?: unknown }) =>
      JSON.parse(JSON.stringify(spec)).ports;
    expect(portsOf(second)).toMatchObject([
      { name: 'https', nodePort: portsOf(first)[1].nodePort },
      { name: 'http', nodePort: portsOf(first)[0].nodePort },
      { name: 'grpc', nodePort },
    ]);
  });

  it('come from their range', () => {
    const ports = [{ ...http, nodePort: 80 }];
    expect(written({ type: 'NodePort', ports }).refusals).toEqual([
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ]);
  });
});

describe('a Service that changes its type', () => {
  it('gives back what the new type has no use for', () => {
    const balanced = written({ type: 'LoadBalancer', ports: [http] }).stored;
    const sent = JSON.parse(JSON.stringify(balanced.spec));
    const plain = written({ ...sent, type: 'ClusterIP' }, balanced);
    expect(plain.refusals).toEqual([]);
    expect(JSON.stringify(plain.stored.spec)).not.toMatch(
      /nodePort|allocateLoadBalancerNodePorts|externalTrafficPolicy/,
    );
    expect(plain.stored.spec).toMatchObject({ clusterIP: sent.clusterIP });
  });

  it('gets an address when it stops being a name for something outside, and loses it when it becomes one', () => {
    const name = { type: 'ExternalName', externalName: 'example.com' };
    const outside = written(name).stored;
    expect(outside.spec).not.toHaveProperty('clusterIP');
    const inside = written({ type: 'ClusterIP', ports: [http] }, outside);
    expect(inside.refusals).toEqual([]);
    expect(inside.stored.spec).toMatchObject({
      clusterIP: expect.stringMatching(/^10\./),
      ipFamilies: ['IPv4'],
    });
    const again = written(name, inside.stored);
    expect(again.refusals).toEqual([]);
    expect(again.stored.spec).not.toHaveProperty('clusterIPs');
  });
});

test('what is refused of a Service names the field', () => {
  expect(
    written({
      clusterIP: 'somewhere',
      sessionAffinity: 'Cookie',
      selector: { app: '-' },
      ports: [
        { name: 'HTTP', port: 80 },
        { name: 'b', port: 0, targetPort: 'a--b' },
      ],
    }).refusals,
  ).toEqual([
    'spec.clusterIPs[0]: Invalid value: "somewhere": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    expect.stringMatching(/^spec.ports\[0\].name: Invalid value: "HTTP"/),
    'spec.ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    'spec.ports[1].targetPort: Invalid value: "a--b": must not contain consecutive hyphens',
    expect.stringMatching(/^spec.selector: Invalid value: "-"/),
    'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"',
  ]);
});
