/** API group and version of models. */
export const LLM_API_VERSION = 'llm.nebari.dev/v1alpha1';

/** Catalog entities carry it: `<namespace>/<name>` of the model that they stand for. */
export const MODEL_ANNOTATION = 'slipway.dev/model';

/** On a model: the entity ref of its owner. */
export const OWNER_ANNOTATION = 'slipway.dev/owner';

/** On a catalog Group: the string that stands for it in identity tokens, if that is not its name. */
export const OIDC_GROUP_ANNOTATION = 'slipway.dev/oidc-group';

/**
 * The fields of an `LLMModel` that the portal reads. What the API server has accepted has this shape; fields that the
 * portal does not read are left out.
 */
export interface LlmModel {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: {
    model: {
      name: string;
      source: string;
      image?: string;
      revision?: string;
    };
    resources: { gpu: { count: number; type: string } };
    serving?: { replicas?: number };
    access: { public?: boolean; groups?: string[]; requestable?: boolean };
    endpoints?: {
      external?: { enabled?: boolean };
      internal?: { enabled?: boolean };
    };
  };
  status?: {
    phase?: string;
    observedGeneration?: number;
    conditions?: {
      type: string;
      status: string;
      reason?: string;
      message?: string;
      observedGeneration?: number;
      lastTransitionTime?: string;
    }[];
    replicas?: { ready?: number; desired?: number };
    endpoints?: { external?: string; internal?: string };
    modelSize?: string;
  };
}

/** Who asks: what the catalog and the identity provider say of a person. */
export interface Caller {
  /** Entity refs that the person owns things by: herself and her groups. */
  ownershipEntityRefs: string[];
  /** Her groups as identity tokens name them, without a leading slash. */
  groups: string[];
}

/** A group as identity tokens name it. Keycloak sends paths: the leading slash is dropped. */
export function normalizeGroup(group: string): string {
  return group.startsWith('/') ? group.slice(1) : group;
}

/** Whether this caller is allowed to call the model by `spec.access` alone. */
export function isOpenTo(model: LlmModel, caller: Caller): boolean {
  const { access } = model.spec;
  if (access.public) {
    return true;
  }
  const allowed = new Set((access.groups ?? []).map(normalizeGroup));
  return caller.groups.some(group => allowed.has(normalizeGroup(group)));
}

/** The entity ref of the model's owner, or the given default. */
export function ownerOf(
  model: LlmModel,
  defaultOwner?: string,
): string | undefined {
  return model.metadata.annotations?.[OWNER_ANNOTATION] ?? defaultOwner;
}
