import { KubeObject } from '@slipway/controller';
import { Endpoint } from '../gateway/flavour';
import { Guard } from '../gateway/guard';

/** What there is of one endpoint of a model. */
export interface ObservedEndpoint {
  policy?: KubeObject;
  route?: KubeObject;
  /** What the gateway's controller made from the route. */
  generated?: KubeObject;
  /** Whether the Gateway with its listener exists; absent if that can't be known. */
  gatewayFound?: boolean;
  /** How the listener is guarded; only with an authorizer. */
  guard?: Guard;
}

/** Everything about one model that its reconciler looks at, as the caches have it. */
export interface Observed {
  /** Whether the namespace carries the label for managed namespaces. */
  namespaceManaged: boolean;
  claim?: KubeObject;
  /** Whether the claim's storage class exists; absent if no class is named. */
  storageClassFound?: boolean;
  /** Downloads and clean-ups, past ones included. */
  jobs: KubeObject[];
  /** All pods that carry the model's label. */
  pods: KubeObject[];
  /** The servers' Deployment, unless it is held. */
  deployment?: KubeObject;
  /** The servers' Deployment while it is paused, because its weights have never been there: it has no pods. */
  held?: KubeObject;
  picker?: KubeObject;
  pool?: KubeObject;
  endpoints: Record<Endpoint, ObservedEndpoint>;
  /** The model that holds the same model id with an older claim. */
  holder?: { namespace: string; name: string; modelId: string };
  /** Kinds whose CRD is not installed. */
  unserved: ReadonlySet<string>;
  /** The Secret of the download; absent if none is named or it may not be read. */
  secret?: { found: boolean; hasToken: boolean; version: string };
  /** Why the issuer's keys are not known. */
  issuerProblem?: string;
}

/** Writes that the server refused in this pass: `Kind/name` and what it said. */
export type Refusals = ReadonlyMap<string, Refusal>;

/** What the server said to a write that it refused. */
export interface Refusal {
  code: number;
  message: string;
}

/** How {@link Refusals} are filed. */
export function refusalKey(
  object: Pick<KubeObject, 'kind' | 'metadata'>,
): string {
  return `${object.kind}/${object.metadata.name}`;
}
