import { isIP } from 'node:net';
import { equalJson, isObject, listAt, objectAt, stringAt } from '../api/json';
import { checkLabel } from '../api/names';
import { FieldError, JsonObject, WriteContext } from '../api/seams';
import {
  duplicate,
  invalid,
  notSupported,
  required,
} from '../schema/fieldErrors';
import { StoredObject } from '../types';
import { PROTOCOLS, portErrors, portNumberErrors } from './ports';
import { labelErrors } from './selectors';
import { NODE_PORTS, allocationErrors } from './serviceAllocation';

const AFFINITIES = ['ClientIP', 'None'];
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

const ADDRESS_RULE =
  'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

function isAddress(text: unknown): boolean {
  return text === 'None' || isIP(String(text)) !== 0;
}

/** What is wrong with a Service (`ValidateService` of `pkg/apis/core/validation`). */
export function serviceErrors(
  object: JsonObject,
  context: WriteContext,
): FieldError[] {
  const errors = specErrors(object);
  return errors.length > 0 ? errors : allocationErrors(object, context);
}

function specErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const ports = listAt(spec, 'ports').filter(isObject);
  const errors: FieldError[] = [];
  const needsPorts = spec.type !== 'ExternalName' && spec.clusterIP !== 'None';
  if (ports.length === 0 && needsPorts) {
    errors.push(required('spec.ports'));
  }
  if (!TYPES.includes(String(spec.type))) {
    errors.push(notSupported('spec.type', spec.type, TYPES));
  }
  if (spec.type === 'ExternalName' && !spec.externalName) {
    errors.push(required('spec.externalName'));
  }
  listAt(spec, 'clusterIPs').forEach((address, index) => {
    if (spec.type !== 'ExternalName' && !isAddress(address)) {
      errors.push(invalid(`spec.clusterIPs[${index}]`, address, ADDRESS_RULE));
    }
  });
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    errors.push(...servicePortErrors(port, at, ports.length > 1));
  }
  errors.push(
    ...duplicatePorts(ports),
    ...labelErrors(spec.selector, 'spec.selector'),
  );
  if (!AFFINITIES.includes(String(spec.sessionAffinity))) {
    const field = 'spec.sessionAffinity';
    errors.push(notSupported(field, spec.sessionAffinity, AFFINITIES));
  }
  return errors;
}

/** `validateServicePort`, without what concerns other ports. */
function servicePortErrors(
  port: JsonObject,
  at: string,
  needsName: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (port.name) {
    const problem = checkLabel(String(port.name));
    if (problem) {
      errors.push(invalid(`${at}.name`, port.name, problem));
    }
  } else if (needsName) {
    errors.push(required(`${at}.name`));
  }
  errors.push(...portNumberErrors(port.port ?? 0, `${at}.port`));
  if (!PROTOCOLS.includes(String(port.protocol))) {
    errors.push(notSupported(`${at}.protocol`, port.protocol, PROTOCOLS));
  }
  errors.push(...portErrors(port.targetPort, `${at}.targetPort`));
  const { nodePort } = port;
  if (
    typeof nodePort === 'number' &&
    (nodePort < NODE_PORTS.first || nodePort > NODE_PORTS.last)
  ) {
    const detail = `provided port is not in the valid range. The range of valid ports is ${NODE_PORTS.first}-${NODE_PORTS.last}`;
    errors.push(invalid(`${at}.nodePort`, nodePort, detail));
  }
  return errors;
}

/** The value of these errors is a port as Go prints it, with nothing in it but protocol and number. */
function duplicatePorts(ports: readonly JsonObject[]): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<unknown>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const nodePort = `${port.protocol}/${port.nodePort}`;
    if (port.nodePort && nodePorts.has(nodePort)) {
      errors.push(duplicate(`spec.ports[${index}].nodePort`, port.nodePort));
    }
    nodePorts.add(nodePort);
    if (port.name && names.has(port.name)) {
      errors.push(duplicate(`spec.ports[${index}].name`, port.name));
    }
    names.add(port.name);
    const key = `${port.protocol}/${port.port}`;
    if (numbers.has(key)) {
      const value = {
        Name: '',
        Protocol: port.protocol,
        AppProtocol: null,
        Port: port.port,
        TargetPort: 0,
        NodePort: 0,
      };
      errors.push(duplicate(`spec.ports[${index}]`, value));
    }
    numbers.add(key);
  }
  return errors;
}

/** Addresses stay with a Service as long as its type needs one. */
export function serviceChangeErrors(
  object: JsonObject,
  old: StoredObject,
): FieldError[] {
  const before = listAt(old, 'spec', 'clusterIPs');
  const after = listAt(object, 'spec', 'clusterIPs');
  const types = [old, object].map(service => stringAt(service, 'spec', 'type'));
  if (types.includes('ExternalName') || equalJson(before, after)) {
    return [];
  }
  return before.length === 0
    ? []
    : [invalid('spec.clusterIPs[0]', after, 'may not change once set')];
}

/** Names of services are DNS-1035 labels: they begin with a letter. */
export function checkServiceName(name: string): string | undefined {
  return name.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)
    ? undefined
    : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
}
