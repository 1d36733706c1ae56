import { isObject, listAt, objectAt } from '../api/json';
import { checkLabel, checkQualifiedName } from '../api/names';
import { FieldError, JsonObject } from '../api/seams';
import {
  duplicate,
  invalid,
  notSupported,
  required,
} from '../schema/fieldErrors';
import { nanoOfQuantity } from '../quantity';
import { PROTOCOLS, portNameErrors, portNumberErrors } from './ports';
import { probeErrors } from './probes';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

/** What is wrong with a container (`validateContainerCommon`). `volumes` are the names that its mounts may use. */
export function containerErrors(
  container: JsonObject,
  at: string,
  volumes: ReadonlySet<unknown>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!container.name) {
    errors.push(required(`${at}.name`));
  } else {
    const problem = checkLabel(String(container.name));
    if (problem) {
      errors.push(invalid(`${at}.name`, container.name, problem));
    }
  }
  if (!container.image) {
    errors.push(required(`${at}.image`));
  }
  if (!PULL_POLICIES.includes(String(container.imagePullPolicy))) {
    errors.push(
      notSupported(
        `${at}.imagePullPolicy`,
        container.imagePullPolicy,
        PULL_POLICIES,
      ),
    );
  }
  errors.push(
    ...containerPortErrors(container, at),
    ...envErrors(container, at),
    ...mountErrors(container, at, volumes),
    ...probeErrors(container, at),
  );
  return [
    ...errors,
    ...resourceErrors(objectAt(container, 'resources'), `${at}.resources`),
  ];
}

function containerPortErrors(container: JsonObject, at: string): FieldError[] {
  const names = new Set<string>();
  return listAt(container, 'ports')
    .filter(isObject)
    .flatMap((port, index) => {
      const path = `${at}.ports[${index}]`;
      const errors: FieldError[] = [];
      if (typeof port.name === 'string') {
        errors.push(...portNameErrors(port.name, `${path}.name`));
        if (errors.length === 0 && names.has(port.name)) {
          errors.push(duplicate(`${path}.name`, port.name));
        }
        names.add(port.name);
      }
      if (port.containerPort) {
        const field = `${path}.containerPort`;
        errors.push(...portNumberErrors(port.containerPort, field));
      } else {
        errors.push(required(`${path}.containerPort`));
      }
      if (port.hostPort) {
        errors.push(...portNumberErrors(port.hostPort, `${path}.hostPort`));
      }
      if (!PROTOCOLS.includes(String(port.protocol))) {
        const field = `${path}.protocol`;
        errors.push(notSupported(field, port.protocol, PROTOCOLS));
      }
      return errors;
    });
}

/** Since Kubernetes 1.34 everything that can be printed but `=`. */
const ENV_NAME = /^[ -<>-~]+$/;
const ENV_NAME_RULE =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";

function envErrors(container: JsonObject, at: string): FieldError[] {
  return listAt(container, 'env')
    .filter(isObject)
    .flatMap((env, index) => {
      const path = `${at}.env[${index}]`;
      const errors: FieldError[] = [];
      if (!env.name) {
        errors.push(required(`${path}.name`));
      } else if (!ENV_NAME.test(String(env.name))) {
        errors.push(invalid(`${path}.name`, env.name, ENV_NAME_RULE));
      }
      if (env.value && env.valueFrom) {
        const detail = 'may not be specified when `value` is not empty';
        errors.push(invalid(`${path}.valueFrom`, '', detail));
      }
      return errors;
    });
}

function mountErrors(
  container: JsonObject,
  at: string,
  volumes: ReadonlySet<unknown>,
): FieldError[] {
  const errors: FieldError[] = [];
  const paths = new Set<unknown>();
  for (const [index, mount] of listAt(container, 'volumeMounts')
    .filter(isObject)
    .entries()) {
    const path = `${at}.volumeMounts[${index}]`;
    if (!mount.name) {
      errors.push(required(`${path}.name`));
    } else if (!volumes.has(mount.name)) {
      errors.push({
        reason: 'FieldValueNotFound',
        message: `Not found: ${JSON.stringify(mount.name)}`,
        field: `${path}.name`,
      });
    }
    if (!mount.mountPath) {
      errors.push(required(`${path}.mountPath`));
    } else if (paths.has(mount.mountPath)) {
      errors.push(
        invalid(`${path}.mountPath`, mount.mountPath, 'must be unique'),
      );
    }
    paths.add(mount.mountPath);
  }
  return errors;
}

/** Resources that may be requested in less than they are limited to: all but devices and huge pages. */
const OVERCOMMITTED = /^(cpu|memory|ephemeral-storage)$/;

/** `validateContainerResourceName`: resources without a domain are those that Kubernetes knows. */
function resourceNameErrors(name: string, at: string): FieldError[] {
  const problems = checkQualifiedName(name);
  if (problems.length > 0) {
    return problems.map(problem => invalid(at, name, problem));
  }
  if (name.includes('/') || /^hugepages-/.test(name)) {
    return [];
  }
  return OVERCOMMITTED.test(name)
    ? []
    : [
        'must be a standard resource type or fully qualified',
        'must be a standard resource for containers',
      ].map(problem => invalid(at, name, problem));
}

function resourceErrors(resources: JsonObject, at: string): FieldError[] {
  const limits = objectAt(resources, 'limits');
  const requests = objectAt(resources, 'requests');
  const errors: FieldError[] = [];
  for (const [list, values] of Object.entries({ limits, requests })) {
    for (const [name, value] of Object.entries(values)) {
      errors.push(...resourceNameErrors(name, `${at}.${list}[${name}]`));
      if ((nanoOfQuantity(value) ?? 0n) < 0n) {
        errors.push(
          invalid(
            `${at}.${list}[${name}]`,
            value,
            'must be greater than or equal to 0',
          ),
        );
      } else if (
        !OVERCOMMITTED.test(name) &&
        (nanoOfQuantity(value) ?? 0n) % 1_000_000_000n !== 0n
      ) {
        errors.push(
          invalid(`${at}.${list}[${name}]`, value, 'must be an integer'),
        );
      }
    }
  }
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    const [wanted, allowed] = [
      nanoOfQuantity(request) ?? 0n,
      nanoOfQuantity(limit),
    ];
    const field = `${at}.requests`;
    if (OVERCOMMITTED.test(name)) {
      if (allowed !== undefined && wanted > allowed) {
        const detail = `must be less than or equal to ${name} limit of ${limit}`;
        errors.push(invalid(field, request, detail));
      }
    } else if (name.includes('/') && allowed === undefined) {
      errors.push(
        required(
          `${at}.limits`,
          `Limit must be set for non overcommitable resources`,
        ),
      );
    } else if (name.includes('/') && wanted !== allowed) {
      errors.push(
        invalid(field, request, `must be equal to ${name} limit of ${limit}`),
      );
    }
  }
  return errors;
}
