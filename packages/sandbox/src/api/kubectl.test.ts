import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ApiServer, createApiServer } from './createApiServer';
import { startWorld, World } from '../world/world';

const kubectl = process.env.KUBECTL ?? 'kubectl';
const version = spawnSync(kubectl, ['version', '--client'], {
  encoding: 'utf8',
});
const isThere = version.status === 0;

const run = promisify(execFile);

const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'example.com/app:1' }] },
    },
  },
});

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer' } },
              },
            },
          },
        },
      },
    ],
  },
};

const widget = (size: number) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec: { size },
});

if (isThere) {
  describe('a real kubectl', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-kubectl-'));
    let server: ApiServer;
    let world: World;

    const file = (name: string, content: object | string): string => {
      const target = path.join(folder, name);
      writeFileSync(
        target,
        typeof content === 'string' ? content : JSON.stringify(content),
      );
      return target;
    };
    const environment = () => ({
      ...process.env,
      KUBECONFIG: path.join(folder, 'kubeconfig'),
      KUBECACHEDIR: path.join(folder, 'cache'),
    });
    /** Runs to the end and returns stdout; a failure carries stderr. */
    const k = async (...args: string[]): Promise<string> =>
      (await run(kubectl, args, { env: environment() })).stdout;

    beforeAll(async () => {
      server = await createApiServer();
      world = startWorld({ cluster: server.cluster });
      server.setPodLogs(world.kubelet);
      file('kubeconfig', server.kubeconfig());
    });

    afterAll(async () => {
      world?.stop();
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('lists what is served', async () => {
      const names = await k('api-resources', '-o', 'name');
      expect(names).toContain('deployments.apps');
      expect(names).toContain('pods');
    });

    it('creates with its own generators, which send protobuf', async () => {
      await k('create', 'namespace', 'made');
      await k(
        'create',
        'secret',
        'generic',
        's',
        '-n',
        'made',
        '--from-literal=token=abc',
      );
      const data = await k(
        'get',
        'secret',
        's',
        '-n',
        'made',
        '-o',
        'jsonpath={.data.token}',
      );
      expect(Buffer.from(data, 'base64').toString()).toBe('abc');
      expect((await k('auth', 'can-i', 'list', 'pods')).trim()).toBe('yes');
    });

    it('applies, shows the difference, scales, waits, describes, reads logs and deletes', async () => {
      const one = file('one.json', deployment(1));
      const two = file('two.json', deployment(2));
      expect(await k('apply', '-f', one)).toBe('deployment.apps/web created\n');
      expect(await k('apply', '-f', one)).toBe(
        'deployment.apps/web unchanged\n',
      );
      await expect(k('diff', '-f', two)).rejects.toMatchObject({
        code: 1,
        stdout: expect.stringContaining('+  replicas: 2'),
      });
      expect(await k('apply', '-f', two)).toBe(
        'deployment.apps/web configured\n',
      );
      await k(
        'wait',
        '--for=condition=Available',
        'deployment/web',
        '--timeout=50s',
      );
      expect(await k('describe', 'deployment', 'web')).toContain(
        'ScalingReplicaSet',
      );
      expect(await k('get', 'pods', '-l', 'app=web')).toMatch(
        /^NAME +READY +STATUS/,
      );
      await k('logs', 'deployment/web');
      expect(await k('delete', '-f', two)).toContain('"web" deleted');
      await k('wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=50s');
    }, 120_000);

    it('applies on the server, and is told of conflicts', async () => {
      const manifest = (value: string) =>
        file(
          'map.yaml',
          `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {k: ${value}}\n`,
        );
      await k(
        'apply',
        '--server-side',
        '--field-manager=one',
        '-f',
        manifest('a'),
      );
      await expect(
        k('apply', '--server-side', '--field-manager=two', '-f', manifest('b')),
      ).rejects.toMatchObject({
        stderr: expect.stringContaining('conflict with "one"'),
      });
      const forced = ['--force-conflicts', '--field-manager=two'];
      expect(
        await k('apply', '--server-side', ...forced, '-f', manifest('b')),
      ).toContain('applied');
    });

    it('works with a custom resource from its definition on', async () => {
      await k('apply', '-f', file('crd.json', crd));
      await k(
        'wait',
        '--for=condition=Established',
        'crd/widgets.example.com',
        '--timeout=20s',
      );
      await k('apply', '-f', file('w1.json', widget(1)));
      expect(await k('apply', '-f', file('w2.json', widget(2)))).toContain(
        'configured',
      );
      expect(await k('get', 'wd', 'w', '-o', 'jsonpath={.spec.size}')).toBe(
        '2',
      );
      await expect(
        k('apply', '-f', file('w3.json', { ...widget(1), nope: 1 })),
      ).rejects.toMatchObject({
        stderr: expect.stringContaining('unknown field "nope"'),
      });
    });

    it('watches', async () => {
      const child = spawn(kubectl, ['get', 'configmaps', '-w', '-o', 'name'], {
        env: environment(),
      });
      const seen = new Promise<void>(resolve => {
        let text = '';
        child.stdout.on('data', chunk => {
          text += chunk;
          if (text.includes('configmap/watched')) resolve();
        });
      });
      await k('create', 'configmap', 'watched');
      await expect(seen).resolves.toBeUndefined();
      child.kill();
    });
  });
} else {
  // eslint-disable-next-line jest/no-disabled-tests -- there is nothing to test without a kubectl
  describe.skip(`kubectl absent: ${kubectl} (set KUBECTL to its path)`, () => {
    it('works', () => expect(isThere).toBe(true));
  });
}
