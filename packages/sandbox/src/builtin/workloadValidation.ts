import { equalJson, isObject, objectAt } from '../api/json';
import { FieldError, JsonObject } from '../api/seams';
import {
  forbidden,
  invalid,
  notSupported,
  required,
} from '../schema/fieldErrors';
import { podTemplateErrors } from './podValidation';
import { selectorErrors, selectorMatches } from './selectors';

const NOT_NEGATIVE = 'must be greater than or equal to 0';

/** What is wrong with fields of a spec that count something and may not be negative. */
export function negativeErrors(
  spec: JsonObject,
  fields: readonly string[],
): FieldError[] {
  return fields.flatMap(field => {
    const value = spec[field];
    return typeof value === 'number' && value < 0
      ? [invalid(`spec.${field}`, value, NOT_NEGATIVE)]
      : [];
  });
}

/** What is wrong with a ReplicaSet (`ValidateReplicaSetSpec` and `ValidatePodTemplateSpecForReplicaSet`), and with what a Deployment shares with it. */
export function replicaSetErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const errors = negativeErrors(spec, ['replicas', 'minReadySeconds']);
  const { selector } = spec;
  const inSelector = selectorErrors(selector, 'spec.selector');
  if (!isObject(selector)) {
    errors.push(required('spec.selector'));
  } else if (equalJson(selector, {})) {
    const detail = 'empty selector is invalid for deployment';
    errors.push(invalid('spec.selector', {}, detail));
  }
  if (inSelector.length > 0) {
    // What cannot be selected with cannot be compared with the template, at which the server does not look, then.
    const detail = 'invalid label selector';
    const whole = invalid('spec.selector', selector, detail);
    return [...errors, ...inSelector, whole];
  }
  const { labels } = objectAt(spec, 'template', 'metadata');
  if (!isObject(selector) || !selectorMatches(selector, labels)) {
    const field = 'spec.template.metadata.labels';
    const detail = '`selector` does not match template `labels`';
    errors.push(invalid(field, labels ?? null, detail));
  }
  errors.push(...podTemplateErrors(spec.template, 'spec.template'));
  const { restartPolicy } = objectAt(spec, 'template', 'spec');
  if (restartPolicy !== 'Always') {
    const field = 'spec.template.spec.restartPolicy';
    errors.push(notSupported(field, restartPolicy, ['Always']));
  }
  return errors;
}

const STRATEGIES = ['Recreate', 'RollingUpdate'];

/** What is wrong with a Deployment (`ValidateDeploymentSpec`). */
export function deploymentErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const strategy = objectAt(spec, 'strategy');
  const errors = replicaSetErrors(object);
  if (!STRATEGIES.includes(String(strategy.type))) {
    errors.push(notSupported('spec.strategy.type', strategy.type, STRATEGIES));
  }
  if (strategy.type === 'RollingUpdate') {
    errors.push(...rollingUpdateErrors(objectAt(strategy, 'rollingUpdate')));
  } else if (strategy.type === 'Recreate' && strategy.rollingUpdate) {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    errors.push(forbidden('spec.strategy.rollingUpdate', detail));
  }
  errors.push(
    ...negativeErrors(spec, [
      'revisionHistoryLimit',
      'progressDeadlineSeconds',
    ]),
  );
  const deadline = Number(spec.progressDeadlineSeconds);
  if (deadline <= Number(spec.minReadySeconds ?? 0)) {
    const field = 'spec.progressDeadlineSeconds';
    const detail = 'must be greater than minReadySeconds';
    errors.push(invalid(field, deadline, detail));
  }
  return errors;
}

const PERCENT = /^[0-9]+%$/;
const PERCENT_RULE =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** `ValidateRollingUpdateDeployment`: a rollout that may neither add nor take away a pod would never move. */
function rollingUpdateErrors(update: JsonObject): FieldError[] {
  const at = 'spec.strategy.rollingUpdate';
  const { maxUnavailable, maxSurge } = update;
  const errors = [
    ...numberOrPercentErrors(maxUnavailable, `${at}.maxUnavailable`),
    ...numberOrPercentErrors(maxSurge, `${at}.maxSurge`),
  ];
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    errors.push(invalid(`${at}.maxUnavailable`, maxUnavailable, detail));
  }
  if (PERCENT.test(String(maxUnavailable)) && amountOf(maxUnavailable) > 100) {
    const detail = 'must not be greater than 100%';
    errors.push(invalid(`${at}.maxUnavailable`, maxUnavailable, detail));
  }
  return errors;
}

/** What is wrong with a number of pods or a part of them (`ValidatePositiveIntOrPercent`). */
export function numberOrPercentErrors(
  value: unknown,
  at: string,
): FieldError[] {
  if (typeof value === 'string') {
    return PERCENT.test(value) ? [] : [invalid(at, value, PERCENT_RULE)];
  }
  return typeof value === 'number' && value < 0
    ? [invalid(at, value, NOT_NEGATIVE)]
    : [];
}

function amountOf(value: unknown): number {
  return Number.parseInt(String(value), 10);
}

function isNone(value: unknown): boolean {
  return amountOf(value) === 0;
}
