import { LogLine, LogOptions, PodLogs } from '../../world/podLogs';
import { StoredObject } from '../../types';
import { badRequest, invalid, notFound } from '../failures';
import { listAt, stringAt } from '../json';
import { FieldError } from '../seams';
import { Store } from '../store';
import { Exchange } from './exchange';

const NUMBERS = { tailLines: 0, limitBytes: 1, sinceSeconds: 1 };

function checkOptions(name: string, query: URLSearchParams): void {
  const errors: FieldError[] = [];
  for (const [field, least] of Object.entries(NUMBERS)) {
    const text = query.get(field);
    if (text === null || Number(text) >= least) continue;
    const why =
      least === 0
        ? 'must be greater than or equal to 0'
        : 'must be greater than 0';
    errors.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${Number(text)}: ${why}`,
      field,
    });
  }
  if (errors.length > 0)
    throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors);
}

function containerNames(pod: StoredObject): string[] {
  return ['containers', 'initContainers'].flatMap(field =>
    listAt(pod, 'spec', field).map(
      container => stringAt(container, 'name') ?? '',
    ),
  );
}

function chooseContainer(
  pod: StoredObject,
  wanted: string | undefined,
): string {
  const { name } = pod.metadata;
  const all = containerNames(pod);
  if (wanted) {
    if (!all.includes(wanted))
      throw badRequest(`container ${wanted} is not valid for pod ${name}`);
    return wanted;
  }
  const preferred =
    pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (preferred && all.includes(preferred)) return preferred;
  const main = listAt(pod, 'spec', 'containers');
  if (all.length > 1) {
    const names = main.map(container => stringAt(container, 'name')).join(' ');
    const init = all.slice(main.length);
    const more =
      init.length > 0
        ? ` or one of the init containers: [${init.join(' ')}]`
        : '';
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names}]${more}`,
    );
  }
  return all[0] ?? '';
}

function logOptions(container: string, query: URLSearchParams): LogOptions {
  const tail = query.get('tailLines');
  const seconds = query.get('sinceSeconds');
  const since = query.get('sinceTime') ?? undefined;
  return {
    container,
    previous: query.get('previous') === 'true',
    tailLines: tail === null ? undefined : Number(tail),
    sinceTime: seconds
      ? new Date(Date.now() - Number(seconds) * 1000).toISOString()
      : since,
  };
}

/** Answers `pods/log` from the logs that the nodes kept, also as a stream that follows. */
export function sendLog(
  exchange: Exchange,
  pod: StoredObject,
  store: Store,
  podLogs: PodLogs | undefined,
): void {
  const { query, response } = exchange;
  const { name, namespace = '' } = pod.metadata;
  checkOptions(name, query);
  const container = chooseContainer(pod, query.get('container') ?? undefined);
  const nodeName = stringAt(pod, 'spec', 'nodeName');
  if (!nodeName) {
    exchange.noContent();
    return;
  }
  if (
    !podLogs ||
    !store.get({ group: '', plural: 'nodes' }, undefined, nodeName)
  ) {
    throw notFound({ group: '', plural: 'pods', kind: 'Pod' }, nodeName);
  }
  const log = podLogs.read(namespace, name, logOptions(container, query));
  const stamps = query.get('timestamps') === 'true';
  const line = ({ time, text }: LogLine) =>
    `${stamps ? `${time} ` : ''}${text}\n`;
  const past = log.lines.map(line).join('');
  if (query.get('follow') !== 'true' || !log.follow) {
    exchange.text(200, past);
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.flushHeaders();
  if (past) response.write(past);
  const stop = log.follow(
    next => response.write(line(next)),
    () => response.end(),
  );
  response.on('close', stop);
}
