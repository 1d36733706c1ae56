import { isObject, listAt, objectAt } from '../api/json';
import {
  checkLabel,
  checkLabelValue,
  checkQualifiedName,
  checkSubdomain,
} from '../api/names';
import { FieldError, JsonObject } from '../api/seams';
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../schema/fieldErrors';
import { containerErrors } from './containerValidation';
import { labelErrors } from './selectors';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = [
  'ClusterFirstWithHostNet',
  'ClusterFirst',
  'Default',
  'None',
];

/** What is wrong with a pod template (`ValidatePodTemplateSpec`, which leaves `metadata` out of paths). `at` is its path. */
export function podTemplateErrors(template: unknown, at: string): FieldError[] {
  const { labels, annotations } = objectAt(template, 'metadata');
  return [
    ...labelErrors(labels, `${at}.labels`),
    ...Object.keys(objectAt(annotations)).flatMap(key =>
      checkQualifiedName(key.toLowerCase()).map(problem =>
        invalid(`${at}.annotations`, key, problem),
      ),
    ),
    ...podSpecErrors(objectAt(template, 'spec'), `${at}.spec`),
  ];
}

/** What is wrong with a pod's spec, in the order of the real server (`pkg/apis/core/validation`). `at` is its path. */
export function podSpecErrors(spec: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const volumes = listAt(spec, 'volumes').filter(isObject);
  errors.push(...volumeErrors(volumes, `${at}.volumes`));
  const volumeNames = new Set(volumes.map(volume => volume.name));
  const names = new Set<unknown>();
  const containers = listAt(spec, 'containers').filter(isObject);
  if (containers.length === 0) {
    errors.push(required(`${at}.containers`));
  }
  const lists = {
    containers,
    initContainers: listAt(spec, 'initContainers').filter(isObject),
  };
  for (const [list, items] of Object.entries(lists)) {
    for (const [index, container] of items.entries()) {
      const path = `${at}.${list}[${index}]`;
      errors.push(...containerErrors(container, path, volumeNames));
      if (names.has(container.name)) {
        errors.push(duplicate(`${path}.name`, container.name));
      }
      names.add(container.name);
    }
  }
  if (!RESTART_POLICIES.includes(String(spec.restartPolicy))) {
    errors.push(
      notSupported(`${at}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES),
    );
  }
  if (!DNS_POLICIES.includes(String(spec.dnsPolicy))) {
    errors.push(notSupported(`${at}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES));
  }
  errors.push(...labelErrors(spec.nodeSelector, `${at}.nodeSelector`));
  const account = spec.serviceAccountName;
  const accountProblem = account ? checkSubdomain(String(account)) : undefined;
  if (accountProblem) {
    errors.push(invalid(`${at}.serviceAccountName`, account, accountProblem));
  }
  errors.push(...tolerationErrors(spec, at));
  return errors;
}

function volumeErrors(
  volumes: readonly JsonObject[],
  at: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<unknown>();
  for (const [index, volume] of volumes.entries()) {
    const field = `${at}[${index}].name`;
    if (!volume.name) {
      errors.push(required(field));
    } else {
      const problem = checkLabel(String(volume.name));
      if (problem) {
        errors.push(invalid(field, volume.name, problem));
      } else if (names.has(volume.name)) {
        errors.push(duplicate(field, volume.name));
      }
    }
    names.add(volume.name);
    errors.push(...sourceErrors(volume, `${at}[${index}]`));
  }
  return errors;
}

/** Kinds of volumes in the order in which the server looks at them, with the field that each cannot be without. */
const SOURCES: readonly [string, string?][] = [
  ['emptyDir'],
  ['hostPath', 'path'],
  ['secret', 'secretName'],
  ['nfs'],
  ['persistentVolumeClaim', 'claimName'],
  ['downwardAPI'],
  ['configMap', 'name'],
  ['projected'],
  ['csi', 'driver'],
  ['ephemeral'],
  ['image'],
];

function sourceErrors(volume: JsonObject, at: string): FieldError[] {
  return SOURCES.filter(([source]) => isObject(volume[source])).flatMap(
    ([source, needed], index) => {
      const field = `${at}.${source}`;
      if (index > 0) {
        return [forbidden(field, 'may not specify more than 1 volume type')];
      }
      const value = volume[source];
      return needed && isObject(value) && !value[needed]
        ? [required(`${field}.${needed}`)]
        : [];
    },
  );
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function tolerationErrors(spec: JsonObject, at: string): FieldError[] {
  return listAt(spec, 'tolerations')
    .filter(isObject)
    .flatMap((toleration, index) =>
      oneTolerationErrors(toleration, `${at}.tolerations[${index}]`),
    );
}

function oneTolerationErrors(toleration: JsonObject, at: string): FieldError[] {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  const problems = key ? checkQualifiedName(String(key)) : [];
  const errors = problems.map(problem => invalid(`${at}.key`, key, problem));
  if (!key && operator !== 'Exists') {
    const detail =
      'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(`${at}.operator`, operator ?? '', detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalid(`${at}.effect`, effect ?? '', detail));
  }
  if (operator === undefined || operator === 'Equal') {
    const problem = checkLabelValue(String(value ?? ''));
    if (problem) {
      errors.push(invalid(`${at}.operator`, value, problem));
    }
  } else if (operator !== 'Exists') {
    const field = `${at}.operator`;
    errors.push(notSupported(field, operator, ['Equal', 'Exists']));
  } else if (value) {
    const detail = "value must be empty when `operator` is 'Exists'";
    errors.push(invalid(`${at}.operator`, toleration, detail));
  }
  if (effect && !EFFECTS.includes(String(effect))) {
    errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
  }
  return errors;
}
