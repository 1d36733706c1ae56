import { isDeepStrictEqual } from 'node:util';
import { InputError } from '@backstage/errors';
import type { KubeObject } from '@slipway/controller';
import {
  LLM_API_VERSION,
  normalizeGroup,
  OWNER_ANNOTATION,
} from '@slipway/plugin-llm-common';
import { z } from 'zod';
import { at } from '../../models/json';
import { parseModel } from '../../models/model';
import { findSpecProblem } from '../../models/specProblems';

/** Longest manifest, in characters of its JSON. */
const MAX_LENGTH = 16_000;
const LICENCE_ANNOTATION = 'slipway.dev/licence';
/** On a model: the request that it came of. */
export const REQUEST_ANNOTATION = 'slipway.dev/request';

/**
 * Fields that could widen the rights of a model's pods or where they run. Admins set them in the cluster; a request can't.
 */
const FORBIDDEN = [
  ['serving', 'command'],
  ['serving', 'image'],
  ['advanced'],
] as const;

const nameOf = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
      error: 'lower-case letters, digits and dashes',
    });

const manifestSchema = z.strictObject({
  apiVersion: z.literal(LLM_API_VERSION),
  kind: z.literal('LLMModel'),
  metadata: z.strictObject({
    name: nameOf(59),
    namespace: nameOf(63),
    annotations: z
      .strictObject({
        [OWNER_ANNOTATION]: z.string().max(512).optional(),
        [LICENCE_ANNOTATION]: z.string().max(200).optional(),
      })
      .optional(),
  }),
  spec: z.record(z.string(), z.unknown()),
});

/** A model that somebody asks for, as it is applied. */
export interface ModelManifest {
  apiVersion: string;
  kind: 'LLMModel';
  metadata: {
    name: string;
    namespace: string;
    annotations: Record<string, string>;
  };
  spec: Record<string, unknown>;
}

/**
 * The manifest of a request, owned by who asks for it unless an admin says otherwise. What can never work is refused with the remedy
 * that the operator would give.
 *
 * @throws InputError that names the field
 */
export function readManifest(
  value: unknown,
  caller: { userEntityRef: string; admin: boolean },
): ModelManifest {
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at_ = ['manifest', ...issue.path].join('.');
    throw new InputError(
      issue.code === 'unrecognized_keys'
        ? `${at_}: ${issue.keys.join(', ')} can't be asked for. Leave it out.`
        : `${at_}: ${issue.message}.`,
    );
  }
  if (JSON.stringify(parsed.data).length > MAX_LENGTH) {
    throw new InputError(`manifest: at most ${MAX_LENGTH} characters of JSON.`);
  }
  const { metadata, spec, ...type } = parsed.data;
  const manifest: ModelManifest = {
    ...type,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      annotations: annotationsOf(metadata.annotations ?? {}, caller),
    },
    spec,
  };
  checkForbidden(manifest);
  const problem = findSpecProblem(parseModel({ ...manifest }));
  if (problem) {
    throw new InputError(`manifest.${problem.path} ${problem.message}.`);
  }
  return manifest;
}

function annotationsOf(
  wanted: Record<string, string | undefined>,
  { userEntityRef, admin }: { userEntityRef: string; admin: boolean },
): Record<string, string> {
  const owner = wanted[OWNER_ANNOTATION] ?? userEntityRef;
  if (owner !== userEntityRef && !admin) {
    throw new InputError(
      `manifest.metadata.annotations.${OWNER_ANNOTATION}: the model becomes yours; leave it out. An admin can hand it over.`,
    );
  }
  const licence = wanted[LICENCE_ANNOTATION];
  return {
    [OWNER_ANNOTATION]: owner,
    ...(licence === undefined ? {} : { [LICENCE_ANNOTATION]: licence }),
  };
}

function checkForbidden({ spec }: ModelManifest): void {
  for (const path of FORBIDDEN) {
    if (at(spec, ...path) !== undefined) {
      throw new InputError(
        `manifest.spec.${path.join(
          '.',
        )}: it could widen the rights of the pods, so it can't be asked for. Leave it out; an admin can set it on the model.`,
      );
    }
  }
}

/** The model of a request as it is made, by whatever way: it says which request it came of. */
export function ofRequest(
  { apiVersion, kind, metadata, spec }: ModelManifest,
  requestId: string,
): ModelManifest {
  const annotations = {
    ...metadata.annotations,
    [REQUEST_ANNOTATION]: requestId,
  };
  return { apiVersion, kind, metadata: { ...metadata, annotations }, spec };
}

/**
 * Whether a model in the cluster is what a request asks for, by what the operator makes of the two: defaults that the server filled in do not
 * count. Its owner may be missing, but be nobody else.
 */
export function isAsAsked(there: KubeObject, manifest: ModelManifest): boolean {
  const owner = there.metadata.annotations?.[OWNER_ANNOTATION];
  return (
    (owner === undefined ||
      owner === manifest.metadata.annotations[OWNER_ANNOTATION]) &&
    isDeepStrictEqual(wishesOf(there), wishesOf({ ...manifest }))
  );
}

/** What a model's spec asks for, with every default filled in. */
function wishesOf({ apiVersion, kind, spec }: KubeObject) {
  return parseModel({ apiVersion, kind, metadata: { name: '' }, spec });
}

/** `<namespace>/<name>`. */
export function refOf({ metadata }: ModelManifest): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** What a manifest asks for, as a decision needs it. */
export function factsOfManifest(manifest: ModelManifest) {
  const { access, gpus, serving } = parseModel({ ...manifest });
  return {
    openTo: {
      everyone: access.public,
      groups: access.public ? [] : access.groups.map(normalizeGroup),
    },
    gpus: {
      perReplica: gpus.count,
      total: gpus.count * serving.replicas,
      type: gpus.type,
    },
    replicas: { ready: 0, desired: serving.replicas },
    licence: manifest.metadata.annotations[LICENCE_ANNOTATION],
  };
}
