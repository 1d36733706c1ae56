import { isObject, listAt, objectAt } from '../api/json';
import { checkLabel, checkSubdomain } from '../api/names';
import { FieldError, JsonObject } from '../api/seams';
import {
  duplicate,
  invalid,
  notSupported,
  required,
} from '../schema/fieldErrors';
import { nanoOfQuantity } from '../quantity';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const DNS_POLICIES = [
  'ClusterFirstWithHostNet',
  'ClusterFirst',
  'Default',
  'None',
];

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
    const claim = volume.persistentVolumeClaim;
    if (isObject(claim) && !claim.claimName) {
      errors.push(required(`${at}[${index}].persistentVolumeClaim.claimName`));
    }
  }
  return errors;
}

function containerErrors(
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
  errors.push(...portErrors(container, at), ...envErrors(container, at));
  errors.push(...mountErrors(container, at, volumes));
  return [
    ...errors,
    ...resourceErrors(objectAt(container, 'resources'), `${at}.resources`),
  ];
}

function portErrors(container: JsonObject, at: string): FieldError[] {
  return listAt(container, 'ports')
    .filter(isObject)
    .flatMap((port, index) => {
      const number = Number(port.containerPort ?? 0);
      const field = `${at}.ports[${index}].containerPort`;
      if (number === 0) {
        return [required(field)];
      }
      return number > 0 && number < 65536
        ? []
        : [invalid(field, number, 'must be between 1 and 65535, inclusive')];
    });
}

function envErrors(container: JsonObject, at: string): FieldError[] {
  return listAt(container, 'env')
    .filter(isObject)
    .flatMap((env, index) => {
      const path = `${at}.env[${index}]`;
      if (!env.name) {
        return [required(`${path}.name`)];
      }
      return env.value && env.valueFrom
        ? [
            invalid(
              `${path}.valueFrom`,
              '',
              'may not be specified when `value` is not empty',
            ),
          ]
        : [];
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

function resourceErrors(resources: JsonObject, at: string): FieldError[] {
  const limits = objectAt(resources, 'limits');
  const requests = objectAt(resources, 'requests');
  const errors: FieldError[] = [];
  for (const [list, values] of Object.entries({ limits, requests })) {
    for (const [name, value] of Object.entries(values)) {
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

function tolerationErrors(spec: JsonObject, at: string): FieldError[] {
  return listAt(spec, 'tolerations')
    .filter(isObject)
    .flatMap((toleration, index) =>
      toleration.operator === 'Exists' && toleration.value
        ? [
            invalid(
              `${at}.tolerations[${index}].operator`,
              toleration,
              "value must be empty when `operator` is 'Exists'",
            ),
          ]
        : [],
    );
}
