import { isObject, listAt, objectAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid, notSupported, required } from '../../schema/fieldErrors';
import { isCidr } from '../../schema/formats';
import { AGE, defineKind } from '../defineKind';
import { PROTOCOLS, portErrors } from '../ports';
import { formatSelector } from '../printing';
import { selectorErrors } from '../selectors';

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

function peerErrors(peer: unknown, at: string): FieldError[] {
  const block = objectAt(peer).ipBlock;
  if (!isObject(block)) {
    return isObject(peer) && Object.keys(peer).length === 0
      ? [required(at, 'must specify a peer')]
      : selectorsOf(peer, at);
  }
  const errors = isCidr(String(block.cidr))
    ? []
    : [invalid(`${at}.ipBlock.cidr`, block.cidr ?? '', CIDR)];
  return [
    ...errors,
    ...listAt(block, 'except')
      .map((except, index) => ({
        except,
        field: `${at}.ipBlock.except[${index}]`,
      }))
      .filter(({ except }) => !isCidr(String(except)))
      .map(({ except, field }) => invalid(field, except, CIDR)),
  ];
}

function selectorsOf(peer: unknown, at: string): FieldError[] {
  const { podSelector, namespaceSelector } = objectAt(peer);
  return [
    ...selectorErrors(podSelector, `${at}.podSelector`),
    ...selectorErrors(namespaceSelector, `${at}.namespaceSelector`),
  ];
}

/** `ValidateNetworkPolicyPort`. */
function policyPortErrors(input: unknown, at: string): FieldError[] {
  const { port, protocol } = objectAt(input);
  return [
    ...(PROTOCOLS.includes(String(protocol))
      ? []
      : [notSupported(`${at}.protocol`, protocol, PROTOCOLS)]),
    ...(port === undefined ? [] : portErrors(port, `${at}.port`)),
  ];
}

function ruleErrors(rule: unknown, side: string, at: string): FieldError[] {
  return [
    ...listAt(rule, 'ports').flatMap((port, index) =>
      policyPortErrors(port, `${at}.ports[${index}]`),
    ),
    ...listAt(rule, side).flatMap((peer, index) =>
      peerErrors(peer, `${at}.${side}[${index}]`),
    ),
  ];
}

function policyErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const sides = { ingress: 'from', egress: 'to' };
  return [
    ...selectorErrors(spec.podSelector, 'spec.podSelector'),
    ...Object.entries(sides).flatMap(([direction, side]) =>
      listAt(spec, direction).flatMap((rule, index) =>
        ruleErrors(rule, side, `spec.${direction}[${index}]`),
      ),
    ),
  ];
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
