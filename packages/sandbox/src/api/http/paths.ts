import { noSuchResource, notImplemented } from '../failures';
import { Discovery } from '../discovery';
import { OpenApi } from '../openapi';
import { isCustom, Registry } from '../registry';
import { Exchange } from './exchange';

const DISCOVERY_TYPE =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const VERSION = JSON.stringify({
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.0+slipway-sandbox',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: `${process.platform}/${
    process.arch === 'x64' ? 'amd64' : process.arch
  }`,
});

const OPENAPI_V2_PROTOBUF =
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

const HEALTH = /^\/(healthz|livez|readyz)(?:\/(ping|etcd|log))?$/;

/** Requests that are about no resource: discovery, OpenAPI, version and health. */
export class PathHandlers {
  readonly #discovery: Discovery;
  readonly #openApi: OpenApi;
  readonly #registry: Registry;

  constructor(discovery: Discovery, openApi: OpenApi, registry: Registry) {
    this.#discovery = discovery;
    this.#openApi = openApi;
    this.#registry = registry;
  }

  handle(exchange: Exchange): void {
    const path =
      exchange.path.length > 1
        ? exchange.path.replace(/\/+$/, '')
        : exchange.path;
    const health = HEALTH.exec(path);
    if (health) this.#health(exchange, health[1]);
    else if (path === '/version') exchange.json(200, VERSION);
    else if (path === '/')
      exchange.json(200, JSON.stringify({ paths: this.#rootPaths() }));
    else if (path === '/openapi/v2') this.#openApiV2(exchange);
    else if (path === '/openapi/v3') {
      exchange.json(200, JSON.stringify(this.#openApi.index()), {
        contentType: 'text/plain; charset=utf-8',
      });
    } else if (path.startsWith('/openapi/v3/')) {
      const document = this.#openApi.document(
        path.slice('/openapi/v3/'.length),
      );
      if (document) exchange.json(200, document);
      else exchange.pageNotFound();
    } else if (path === '/metrics') throw notImplemented('/metrics');
    else this.#discover(exchange, path.split('/').slice(1));
  }

  #health(exchange: Exchange, name: string): void {
    if (!exchange.query.has('verbose')) exchange.text(200, 'ok');
    else
      exchange.text(
        200,
        `[+]ping ok\n[+]log ok\n[+]etcd ok\n${name} check passed\n`,
      );
  }

  /** An empty document, as JSON or in the protobuf form that kubectl asks for when v3 lacks a kind. */
  #openApiV2(exchange: Exchange): void {
    if (exchange.request.headers.accept?.includes(OPENAPI_V2_PROTOBUF)) {
      // field 1, swagger: "2.0"
      const type = OPENAPI_V2_PROTOBUF.replace('@', '.');
      exchange.bytes(200, Buffer.from('\n\u00032.0'), type);
      return;
    }
    const info = { title: 'Slipway sandbox', version: 'v1.36.0' };
    exchange.json(
      200,
      JSON.stringify({ swagger: '2.0', info, paths: {}, definitions: {} }),
    );
  }

  #discover(exchange: Exchange, parts: string[]): void {
    const [root, group, version, more] = parts;
    if (more !== undefined || (root !== 'api' && root !== 'apis')) {
      exchange.pageNotFound();
      return;
    }
    if (group === undefined) {
      this.#discoverRoot(exchange, root === 'api');
      return;
    }
    if (root === 'api') {
      const resources =
        version === undefined && this.#discovery.resources('', group);
      if (!resources) throw noSuchResource();
      exchange.json(200, JSON.stringify(resources));
      return;
    }
    const found =
      version === undefined
        ? this.#discovery.group(group)
        : this.#discovery.resources(group, version);
    if (found) exchange.json(200, JSON.stringify(found));
    else if (this.isBuiltinGroup(group)) throw noSuchResource();
    else exchange.pageNotFound();
  }

  #discoverRoot(exchange: Exchange, core: boolean): void {
    const accept = exchange.request.headers.accept ?? '';
    const first = accept.split(',')[0] ?? '';
    if (first.includes('g=apidiscovery.k8s.io') && /v=v2(;|$)/.test(first)) {
      exchange.json(200, JSON.stringify(this.#discovery.aggregated(core)), {
        contentType: DISCOVERY_TYPE,
      });
    } else if (core) {
      exchange.json(
        200,
        JSON.stringify({
          kind: 'APIVersions',
          versions: ['v1'],
          serverAddressByClientCIDRs: [],
        }),
      );
    } else exchange.json(200, JSON.stringify(this.#discovery.groupList()));
  }

  /** Whether a group is one of the server's own; its unknown resources are answered with a Status, others with plain text. */
  isBuiltinGroup(group: string): boolean {
    const kinds = this.#registry.all().filter(kind => kind.group === group);
    if (kinds.length === 0) return this.#discovery.groups().has(group);
    return !kinds.some(isCustom);
  }

  #rootPaths(): string[] {
    const paths = [
      '/api',
      '/apis',
      '/healthz',
      '/livez',
      '/openapi/v2',
      '/openapi/v3',
      '/readyz',
      '/version',
    ];
    for (const [group, versions] of this.#discovery.groups()) {
      if (group) paths.push(`/apis/${group}`);
      for (const version of versions) {
        paths.push(group ? `/apis/${group}/${version}` : `/api/${version}`);
      }
    }
    return paths.sort();
  }
}
