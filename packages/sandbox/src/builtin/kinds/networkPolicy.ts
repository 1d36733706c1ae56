import { isIP } from 'node:net';
import { isObject, listAt, objectAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid } from '../../schema/fieldErrors';
import { AGE, defineKind } from '../defineKind';
import { formatSelector } from '../printing';

function defaultPolicy(draft: JsonObject): void {
  const spec: JsonObject = { ...objectAt(draft, 'spec') };
  spec.podSelector ??= {};
  for (const direction of ['ingress', 'egress']) {
    if (spec[direction] !== undefined) {
      spec[direction] = listAt(spec, direction).map(defaultRule);
    }
  }
  spec.policyTypes ??=
    spec.egress === undefined ? ['Ingress'] : ['Ingress', 'Egress'];
  draft.spec = spec;
}

function defaultRule(rule: unknown): unknown {
  return isObject(rule) && rule.ports !== undefined
    ? {
        ...rule,
        ports: listAt(rule, 'ports').map(port =>
          isObject(port) ? { ...port, protocol: port.protocol ?? 'TCP' } : port,
        ),
      }
    : rule;
}

const CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

function isCidr(text: unknown): boolean {
  const [address, bits, rest] = String(text).split('/');
  const version = isIP(address);
  return (
    version !== 0 &&
    rest === undefined &&
    /^\d+$/.test(bits ?? '') &&
    Number(bits) <= (version === 4 ? 32 : 128)
  );
}

function peerErrors(peer: unknown, at: string): FieldError[] {
  const block = objectAt(peer).ipBlock;
  if (!isObject(block)) {
    return isObject(peer) && Object.keys(peer).length === 0
      ? [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: must specify a peer',
            field: at,
          },
        ]
      : [];
  }
  const errors = isCidr(block.cidr)
    ? []
    : [invalid(`${at}.ipBlock.cidr`, block.cidr ?? '', CIDR)];
  return [
    ...errors,
    ...listAt(block, 'except')
      .map((except, index) => ({
        except,
        field: `${at}.ipBlock.except[${index}]`,
      }))
      .filter(({ except }) => !isCidr(except))
      .map(({ except, field }) => invalid(field, except, CIDR)),
  ];
}

function policyErrors(object: JsonObject): FieldError[] {
  const peers = { ingress: 'from', egress: 'to' };
  return Object.entries(peers).flatMap(([direction, side]) =>
    listAt(object, 'spec', direction).flatMap((rule, index) =>
      listAt(rule, side).flatMap((peer, place) =>
        peerErrors(peer, `spec.${direction}[${index}].${side}[${place}]`),
      ),
    ),
  );
}

const networkPolicy = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  generation: true,
  default: defaultPolicy,
  validate: policyErrors,
  columns: [
    {
      name: 'Pod-Selector',
      cell: object => formatSelector(objectAt(object, 'spec').podSelector),
    },
    AGE,
  ],
});

/** NetworkPolicy. */
export const networkPolicyKinds = [networkPolicy];
