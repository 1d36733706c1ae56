import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Json, JsonObject } from './json';
import { isObject, listAt, objectAt, textAt } from './json';

/** What Envoy Gateway makes of a gateway's objects. */
export type Translation = {
  /** Each SecurityPolicy and ClientTrafficPolicy with what its status says, as `Kind/name Type=Status/Reason: message`. */
  policies: string[];
  listeners: JsonObject[];
  routes: JsonObject[];
  clusters: JsonObject[];
};

const run = promisify(execFile);

/** Lets Envoy Gateway's own translator translate objects. Throws what it says when it refuses. */
export async function translate(
  egctl: string,
  objects: JsonObject[],
): Promise<Translation> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-translate-'));
  try {
    const file = path.join(folder, 'objects.yaml');
    await writeFile(
      file,
      objects.map(object => stringify(object)).join('---\n'),
    );
    const { stdout } = await run(
      egctl,
      [
        ...['x', 'translate', '--from', 'gateway-api'],
        ...['--to', 'gateway-api,xds', '--output', 'json', '--file', file],
      ],
      { maxBuffer: 2 ** 28 },
    );
    return fromOutput(JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function fromOutput(output: Json): Translation {
  const [gateway] = Object.values(objectAt(output, 'xds'));
  const configs = listAt(gateway, 'configs');
  const dump = (kind: string) =>
    configs.find(config =>
      textAt(config, '@type').endsWith(`.${kind}ConfigDump`),
    );
  return {
    policies: ['clientTrafficPolicies', 'securityPolicies'].flatMap(kind =>
      listAt(output, kind).flatMap(statusLines),
    ),
    listeners: listAt(dump('Listeners'), 'dynamicListeners').map(found =>
      objectAt(found, 'activeState', 'listener'),
    ),
    routes: listAt(dump('Routes'), 'dynamicRouteConfigs').map(found =>
      objectAt(found, 'routeConfig'),
    ),
    clusters: listAt(dump('Clusters'), 'dynamicActiveClusters').map(found =>
      objectAt(found, 'cluster'),
    ),
  };
}

function statusLines(policy: Json): string[] {
  const name = `${textAt(policy, 'kind')}/${textAt(
    policy,
    'metadata',
    'name',
  )}`;
  return listAt(policy, 'status', 'ancestors').flatMap(ancestor =>
    listAt(ancestor, 'conditions')
      .filter(isObject)
      .map(
        ({ type, status, reason, message }) =>
          `${name} ${type}=${status}/${reason}: ${message}`,
      ),
  );
}
