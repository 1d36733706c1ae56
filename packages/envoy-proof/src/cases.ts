import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { GatewayCase } from './objects';
import { asDesigned } from './objects';
import { packageFolder } from './tools';
import type { Translation } from './translate';

/** The cases whose translations are kept in `testdata/`. */
export const cases = {
  /** The decision: the authorizer is asked over gRPC, with the body. */
  grpc: asDesigned,
  /** The same over HTTP/1.1, as design.md first had it. */
  http: { ...asDesigned, protocol: 'http' },
  /** Without a buffer limit: design.md's example as it stands. */
  'default-buffer': { ...asDesigned, bufferLimit: undefined },
  /** The listener's policy has been deleted. */
  'no-listener-policy': {
    ...asDesigned,
    without: ['SecurityPolicy/slipway-default-deny'],
  },
  /** The authorizer's Service has been deleted. */
  'no-authorizer-service': {
    ...asDesigned,
    without: ['Service/slipway-authorizer'],
  },
  /** One model's policy has been deleted, its route has not. */
  'no-route-policy': { ...asDesigned, without: ['SecurityPolicy/m1'] },
  /** The policy that strips headers has been deleted. */
  'no-header-stripping': {
    ...asDesigned,
    without: ['ClientTrafficPolicy/slipway-strip-headers'],
  },
  /** A fourth model has arrived. */
  'fourth-model': { ...asDesigned, models: 4 },
  /** The fallback: the authorizer does not read the body and names every granted model in a header. */
  'header-per-model': { ...asDesigned, body: false, rule: 'header-per-model' },
  /** Over HTTP/1.1, with a route for `GET /v1/models`. */
  'http-models-route': { ...asDesigned, protocol: 'http', modelsRoute: true },
  /** Without `statusOnError`. */
  'default-status': { ...asDesigned, statusOnError: undefined },
  /** Somebody else attached a route to the listener. */
  'strangers-route': { ...asDesigned, strangersRoute: 'alone' },
  /** The same, with a policy that allows everything. */
  'strangers-policy': { ...asDesigned, strangersRoute: 'with-policy' },
  /** A thousand models. */
  'thousand-models': {
    ...asDesigned,
    models: 1000,
    statusOnError: undefined,
  },
} satisfies Record<string, GatewayCase>;

/** The name of a case. */
export type CaseName = keyof typeof cases;

/** The names of all cases. */
export const caseNames = Object.keys(cases).filter(
  (name): name is CaseName => name in cases,
);

/** The file that keeps a case's translation. The one of a thousand models is compressed. */
export function translationFile(name: CaseName): string {
  const suffix = name === 'thousand-models' ? '.json.gz' : '.json';
  return path.join(packageFolder, 'testdata', `${name}${suffix}`);
}

/** What Envoy Gateway made of a case when its translation was last written. */
export async function loadTranslation(name: CaseName): Promise<Translation> {
  const file = translationFile(name);
  const content = await readFile(file);
  return JSON.parse(
    (file.endsWith('.gz') ? gunzipSync(content) : content).toString(),
  );
}
