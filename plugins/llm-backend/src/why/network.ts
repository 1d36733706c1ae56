import type { KubeObject } from '@slipway/controller';
import {
  at,
  isRecord,
  listAt,
  numberAt,
  recordAt,
  textAt,
} from '../models/json';
import type { Looked, NetworkFacts } from './facts';

type Labels = Record<string, string>;
/** What can't be told without the gateway's own pods and addresses is `maybe`. */
type Verdict = 'yes' | 'maybe' | 'no';

/** Who wants to get to which pods. */
export interface Traffic {
  /** Namespaces that the gateway's proxies may run in, with their labels; one that gets through is enough. */
  from: { name: string; labels: Labels }[];
  to: { namespace: string; labels: Labels };
  /** Port of the pods, with its name. */
  port: { number: number; name: string };
}

/**
 * Whether network policies let traffic in. Pods that no policy selects take everything; else one rule of one policy must allow it.
 *
 * Source: networking.k8s.io/v1 NetworkPolicy. Whether the cluster's network enforces policies is not asked.
 */
export function judgeNetwork(
  policies: KubeObject[],
  traffic: Traffic,
): Looked<NetworkFacts> {
  const isolating = policies.filter(
    policy =>
      isForIngress(policy) &&
      selects(at(policy, 'spec', 'podSelector'), traffic.to.labels),
  );
  if (isolating.length === 0) {
    return open("No network policy selects the model's pods.");
  }
  const names = isolating.map(({ metadata }) => metadata.name);
  const verdicts = isolating.map(policy => admits(policy, traffic));
  const admitting = verdicts.indexOf('yes');
  if (admitting >= 0) {
    return open(`Network policy ${names[admitting]} lets the gateway in.`);
  }
  return verdicts.includes('maybe')
    ? {
        known: false,
        because: `Network policy ${
          names[verdicts.indexOf('maybe')]
        } goes by addresses or pods of the gateway, which the portal does not know.`,
      }
    : { known: true, value: { reach: 'closed', policies: names } };
}

function open(text: string): Looked<NetworkFacts> {
  return { known: true, value: { reach: 'open', text } };
}

/** Absent `policyTypes` always include Ingress. */
function isForIngress(policy: KubeObject): boolean {
  const types = listAt(policy, 'spec', 'policyTypes');
  return types.length === 0 || types.includes('Ingress');
}

function admits(policy: KubeObject, traffic: Traffic): Verdict {
  return most(
    listAt(policy, 'spec', 'ingress')
      .filter(rule => allowsPort(rule, traffic.port))
      .map(rule => {
        const peers = listAt(rule, 'from');
        return peers.length === 0
          ? 'yes'
          : most(peers.map(peer => matches(peer, traffic)));
      }),
  );
}

function most(verdicts: Verdict[]): Verdict {
  if (verdicts.includes('yes')) {
    return 'yes';
  }
  return verdicts.includes('maybe') ? 'maybe' : 'no';
}

function allowsPort(rule: unknown, port: Traffic['port']): boolean {
  const ports = listAt(rule, 'ports');
  return (
    ports.length === 0 ||
    ports.some(each => {
      const first = numberAt(each, 'port');
      const last = numberAt(each, 'endPort') ?? first;
      const isTcp = (textAt(each, 'protocol') ?? 'TCP') === 'TCP';
      const isPort =
        first === undefined
          ? [undefined, port.name].includes(textAt(each, 'port'))
          : first <= port.number && port.number <= (last ?? first);
      return isTcp && isPort;
    })
  );
}

function matches(peer: unknown, { from, to }: Traffic): Verdict {
  if (isRecord(at(peer, 'ipBlock'))) {
    return 'maybe';
  }
  const namespaces = at(peer, 'namespaceSelector');
  const inNamespace = from.some(({ name, labels }) =>
    isRecord(namespaces) ? selects(namespaces, labels) : name === to.namespace,
  );
  if (!inNamespace) {
    return 'no';
  }
  return isRecord(at(peer, 'podSelector')) ? 'maybe' : 'yes';
}

/** Whether a `LabelSelector` selects something with these labels; an empty one selects everything. */
export function selects(selector: unknown, labels: Labels): boolean {
  const wanted = Object.entries(recordAt(selector, 'matchLabels'));
  return (
    wanted.every(([name, value]) => labels[name] === value) &&
    listAt(selector, 'matchExpressions').every(expression =>
      fits(expression, labels),
    )
  );
}

function fits(expression: unknown, labels: Labels): boolean {
  const value = labels[textAt(expression, 'key') ?? ''];
  const values = listAt(expression, 'values');
  switch (textAt(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
