import { JsonObject } from '../api/seams';
import { change, create, deployment, kindOf, pod } from './testing/objects';

describe('what is refused of built-in kinds', () => {
  const refusals: [string, string, JsonObject, [string, string][]][] = [
    [
      'a Deployment that does not select its pods',
      'Deployment',
      { spec: { ...deployment.spec, selector: { matchLabels: { app: 'y' } } } },
      [
        [
          'spec.template.metadata.labels',
          'Invalid value: {"app":"x"}: `selector` does not match template `labels`',
        ],
      ],
    ],
    [
      'a pod without containers',
      'Pod',
      { spec: {} },
      [['spec.containers', 'Required value']],
    ],
    [
      'a volume mount of no volume',
      'Pod',
      {
        spec: {
          containers: [
            {
              name: 'm',
              image: 'i',
              volumeMounts: [{ name: 'v', mountPath: '/v' }],
            },
          ],
        },
      },
      [['spec.containers[0].volumeMounts[0].name', 'Not found: "v"']],
    ],
    [
      'a GPU that is requested and not limited',
      'Pod',
      {
        spec: {
          containers: [
            {
              name: 'm',
              image: 'i',
              resources: { requests: { 'nvidia.com/gpu': 1 } },
            },
          ],
        },
      },
      [
        [
          'spec.containers[0].resources.limits',
          'Required value: Limit must be set for non overcommitable resources',
        ],
      ],
    ],
    [
      'a Job whose pods restart for ever',
      'Job',
      { spec: { template: pod } },
      [
        [
          'spec.template.spec.restartPolicy',
          'Required value: valid values: "OnFailure", "Never"',
        ],
      ],
    ],
    [
      'a TLS Secret without its key',
      'Secret',
      { type: 'kubernetes.io/tls', data: { 'tls.crt': 'eA==' } },
      [['data[tls.key]', 'Required value']],
    ],
    [
      'a claim of nothing',
      'PersistentVolumeClaim',
      { spec: {} },
      [
        [
          'spec.accessModes',
          'Required value: at least 1 access mode is required',
        ],
        ['spec.resources[storage]', 'Required value'],
      ],
    ],
    [
      'a rule without verbs',
      'Role',
      { rules: [{ apiGroups: [''], resources: ['pods'] }] },
      [
        [
          'rules[0].verbs',
          'Required value: verbs must contain at least one value',
        ],
      ],
    ],
    [
      'an event about another namespace',
      'Event',
      { involvedObject: { kind: 'Pod', name: 'p', namespace: 'other' } },
      [
        [
          'involvedObject.namespace',
          'Invalid value: "other": does not match event.namespace',
        ],
      ],
    ],
    [
      'an address block that is none',
      'NetworkPolicy',
      { spec: { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/33' } }] }] } },
      [
        [
          'spec.ingress[0].from[0].ipBlock.cidr',
          'Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        ],
      ],
    ],
  ];

  it.each(refusals)('%s', (_, kind, input, expected) => {
    const { errors } = create(kindOf(kind), input);
    expect(errors.map(error => [error.field, error.message])).toEqual(expected);
  });

  it('kinds that nothing in the sandbox would run or enforce', () => {
    for (const kind of [
      'StatefulSet',
      'DaemonSet',
      'ValidatingAdmissionPolicy',
    ]) {
      expect(() => create(kindOf(kind), deployment)).toThrow(
        expect.objectContaining({ code: 501, reason: 'NotImplemented' }),
      );
    }
  });

  const claim = {
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  };
  const changes: [string, string, JsonObject, JsonObject, string][] = [
    [
      "a Deployment's selector",
      'Deployment',
      deployment,
      { spec: { ...deployment.spec, selector: { matchLabels: { app: 'z' } } } },
      'spec.selector',
    ],
    ["a pod's containers", 'Pod', pod, { spec: { containers: [] } }, 'spec'],
    [
      "a Job's template",
      'Job',
      { spec: { template: { spec: { ...pod.spec, restartPolicy: 'Never' } } } },
      {
        spec: {
          template: { spec: { ...pod.spec, restartPolicy: 'OnFailure' } },
        },
      },
      'spec.template.spec',
    ],
    [
      'the size of a claim that is not bound',
      'PersistentVolumeClaim',
      claim,
      { spec: { ...claim.spec, resources: { requests: { storage: '2Gi' } } } },
      'spec',
    ],
    [
      'an immutable ConfigMap',
      'ConfigMap',
      { data: { a: '1' }, immutable: true },
      { data: {} },
      'data',
    ],
    [
      'the role of a binding',
      'RoleBinding',
      { roleRef: { kind: 'Role', name: 'a' } },
      { roleRef: { kind: 'Role', name: 'b' } },
      'roleRef',
    ],
  ];

  it.each(changes)('a change of %s', (_, kind, input, changed, field) => {
    expect(
      change(kindOf(kind), input, changed).map(error => error.field),
    ).toContain(field);
    expect(change(kindOf(kind), input, {}).map(error => error.field)).toEqual(
      [],
    );
  });
});
