import { FieldError, JsonObject } from '../api/seams';
import { ApiFailure, StoredObject } from '../types';
import { celErrors } from './cel/checkRules';
import { crdSchemaErrors } from './crdSchema';
import {
  invalid,
  invalidWithoutValue,
  notSupported,
  required,
} from './fieldErrors';
import { asObject, asString, jsonEqual, objectsOf, stringsOf } from './json';

const dns1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/**
 * Errors of a CustomResourceDefinition as such: names, versions, structural schemas, rules. Worded like apiextensions-apiserver where a
 * transcript or its source was at hand. An update reports the schema only when it changed.
 *
 * @throws ApiFailure 501 for several served versions with a conversion webhook, which nothing here calls
 */
export function validateCrd(crd: JsonObject, old?: StoredObject): FieldError[] {
  const spec = asObject(crd.spec) ?? {};
  const names = asObject(spec.names) ?? {};
  const name = asString(asObject(crd.metadata)?.name) ?? '';
  refuseWebhook(spec, name);
  const errors: FieldError[] = [];
  if (name !== `${asString(names.plural)}.${asString(spec.group)}`) {
    errors.push(
      invalid(
        'metadata.name',
        name,
        'must be spec.names.plural+"."+spec.group',
      ),
    );
  }
  errors.push(...specErrors(spec, names));
  errors.push(...versionErrors(crd, spec));
  if (!jsonEqual(spec, old?.spec)) {
    const schema = crdSchemaErrors(spec);
    errors.push(...schema);
    if (schema.length === 0) errors.push(...celErrors(spec));
  }
  if (old) errors.push(...crdChangeErrors(crd, old));
  return errors;
}

function refuseWebhook(spec: JsonObject, name: string): void {
  const served = objectsOf(spec.versions).filter(v => v.served === true);
  if (asObject(spec.conversion)?.strategy !== 'Webhook' || served.length < 2) {
    return;
  }
  throw new ApiFailure(
    501,
    'NotImplemented',
    `the sandbox does not call conversion webhooks: serve one version of ${name}, or set spec.conversion.strategy to None`,
  );
}

function specErrors(spec: JsonObject, names: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const group = asString(spec.group) ?? '';
  if (!group) errors.push(required('spec.group'));
  else if (!group.includes('.')) {
    errors.push(
      invalid('spec.group', group, 'should be a domain with at least one dot'),
    );
  }
  if (spec.scope !== 'Namespaced' && spec.scope !== 'Cluster') {
    errors.push(
      spec.scope
        ? notSupported('spec.scope', spec.scope, ['Cluster', 'Namespaced'])
        : required('spec.scope'),
    );
  }
  for (const field of ['plural', 'singular', 'kind', 'listKind']) {
    if (!asString(names[field])) errors.push(required(`spec.names.${field}`));
  }
  if (names.kind && names.kind === names.listKind) {
    errors.push(
      invalid(
        'spec.names.listKind',
        names.listKind,
        'kind and listKind may not be the same',
      ),
    );
  }
  const strategy = asObject(spec.conversion)?.strategy;
  if (strategy !== undefined && strategy !== 'None' && strategy !== 'Webhook') {
    errors.push(
      notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook']),
    );
  }
  return errors;
}

function versionErrors(crd: JsonObject, spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const versions = objectsOf(spec.versions);
  if (versions.length === 0) errors.push(required('spec.versions'));
  const seen = new Set<unknown>();
  versions.forEach((version, index) => {
    const field = `spec.versions[${index}].name`;
    const name = asString(version.name) ?? '';
    if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 63) {
      errors.push(invalid(field, name, dns1035));
    }
    if (seen.has(name)) {
      errors.push(
        invalidWithoutValue(
          'spec.versions',
          'must contain unique version names',
        ),
      );
    }
    seen.add(name);
  });
  if (versions.filter(version => version.storage === true).length !== 1) {
    errors.push(
      invalid(
        'spec.versions',
        versions,
        'must have exactly one version marked as storage version',
      ),
    );
  }
  errors.push(...storedVersionErrors(crd, versions));
  return errors;
}

function storedVersionErrors(
  crd: JsonObject,
  versions: readonly JsonObject[],
): FieldError[] {
  const status = asObject(crd.status);
  if (!status) return [];
  const stored = stringsOf(status.storedVersions);
  if (stored.length === 0) {
    return [
      invalid(
        'status.storedVersions',
        [],
        'must have at least one stored version',
      ),
    ];
  }
  return stored.flatMap((name, index) =>
    versions.some(version => version.name === name)
      ? []
      : [
          invalid(
            `status.storedVersions[${index}]`,
            name,
            'missing from spec.versions; v1beta1 or v1 must keep a version while objects may be stored in it',
          ),
        ],
  );
}

/** Errors of a change of a CustomResourceDefinition: what identifies its kind stays. */
export function crdChangeErrors(
  crd: JsonObject,
  old: JsonObject,
): FieldError[] {
  const paths = [['group'], ['scope'], ['names', 'plural'], ['names', 'kind']];
  return paths.flatMap(path => {
    const field = ['spec', ...path];
    const now = at(crd, field);
    return now === at(old, field)
      ? []
      : [invalid(field.join('.'), now, 'field is immutable')];
  });
}

function at(object: JsonObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => asObject(value)?.[name], object);
}
