import { isObject, objectAt } from '../api/json';
import { FieldError, JsonObject } from '../api/seams';
import {
  forbidden,
  invalid,
  notSupported,
  required,
} from '../schema/fieldErrors';
import { portErrors, portNumberErrors } from './ports';

/** Ways to ask a container how it is, in the order in which the server looks at them. */
const HANDLERS: readonly [
  string,
  (handler: JsonObject, at: string) => FieldError[],
][] = [
  [
    'exec',
    (handler, at) => (handler.command ? [] : [required(`${at}.command`)]),
  ],
  [
    'httpGet',
    (handler, at) => [
      ...(handler.path ? [] : [required(`${at}.path`)]),
      ...portErrors(handler.port, `${at}.port`),
      ...(handler.scheme === 'HTTP' || handler.scheme === 'HTTPS'
        ? []
        : [notSupported(`${at}.scheme`, handler.scheme, ['HTTP', 'HTTPS'])]),
    ],
  ],
  ['tcpSocket', (handler, at) => portErrors(handler.port, `${at}.port`)],
  ['grpc', (handler, at) => portNumberErrors(handler.port ?? 0, `${at}.port`)],
];

const NOT_NEGATIVE = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];

/** What is wrong with a container's probes (`validateProbe`, `validateLivenessProbe` …). */
export function probeErrors(container: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (!isObject(probe)) {
      continue;
    }
    errors.push(...oneProbeErrors(probe, `${at}.${name}`));
    if (name !== 'readinessProbe' && probe.successThreshold !== 1) {
      const field = `${at}.${name}.successThreshold`;
      errors.push(invalid(field, probe.successThreshold, 'must be 1'));
    }
  }
  return errors;
}

function oneProbeErrors(probe: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const given = HANDLERS.filter(([name]) => isObject(probe[name]));
  given.forEach(([name, check], index) => {
    const field = `${at}.${name}`;
    errors.push(
      ...(index === 0
        ? check(objectAt(probe, name), field)
        : [forbidden(field, 'may not specify more than 1 handler type')]),
    );
  });
  if (given.length === 0) {
    errors.push(required(at, 'must specify a handler type'));
  }
  for (const field of NOT_NEGATIVE) {
    const value = probe[field];
    if (typeof value === 'number' && value < 0) {
      const detail = 'must be greater than or equal to 0';
      errors.push(invalid(`${at}.${field}`, value, detail));
    }
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (typeof grace === 'number' && grace <= 0) {
    const field = `${at}.terminationGracePeriodSeconds`;
    errors.push(invalid(field, grace, 'must be greater than 0'));
  }
  return errors;
}
