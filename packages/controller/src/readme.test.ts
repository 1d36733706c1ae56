import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createKubeClient } from './client';
import { openTestCluster, TestCluster } from './__testUtils__/testCluster';
import { HttpKubeClient } from './httpKubeClient';
import { waitFor } from './testing';

const root = path.resolve(__dirname, '..');
const CONFIG_MAPS = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const NAMESPACES = {
  ...CONFIG_MAPS,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
const LEASES = {
  ...CONFIG_MAPS,
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
};
const namespace = `greeter-${process.pid}`;
const KEY = { namespace, name: 'greeting' };

function exampleFromReadme(): string {
  const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
  const code = /```ts\n([^]*?)```/.exec(readme)?.[1];
  if (!code) {
    throw new Error('README.md has no example');
  }
  return code;
}

describe('the operator of the README', () => {
  let cluster: TestCluster;
  let client: HttpKubeClient;
  let folder: string;
  let child: ReturnType<typeof spawn> | undefined;

  beforeAll(async () => {
    cluster = await openTestCluster();
    client = await createKubeClient({ kubeconfigText: cluster.kubeconfig });
    // Inside the package, so that its imports resolve.
    folder = fs.mkdtempSync(path.join(root, '.example-'));
    fs.writeFileSync(path.join(folder, 'greeter.ts'), exampleFromReadme());
    const kubeconfig = path.join(
      fs.mkdtempSync(path.join(os.tmpdir(), 'greeter-')),
      'kubeconfig',
    );
    fs.writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
    child = spawn(
      process.execPath,
      [
        '-r',
        '@backstage/cli/config/nodeTransform.cjs',
        path.join(folder, 'greeter.ts'),
      ],
      {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, NODE_OPTIONS: '', KUBECONFIG: kubeconfig },
      },
    );
  });

  afterAll(async () => {
    child?.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
    await client.delete(NAMESPACES, { name: namespace }).catch(() => {});
    client.close();
    await cluster.stop();
  });

  const greeting = async () =>
    Object((await client.get(CONFIG_MAPS, KEY)).data).text;
  const label = (text: string | null) =>
    client.mergePatch(
      NAMESPACES,
      { name: namespace },
      { metadata: { labels: { greeting: text } } },
    );

  it('has at most 45 lines of code', () => {
    const lines = exampleFromReadme()
      .split('\n')
      .filter(line => line.trim() !== '');
    expect(lines.length).toBeLessThanOrEqual(45);
  });

  it('makes, follows, repairs and removes what it should, and gives its lease back', async () => {
    await client.create(NAMESPACES, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { greeting: 'hello' } },
    });
    await waitFor(async () => (await greeting()) === 'hello');
    await label('bonjour');
    await waitFor(async () => (await greeting()) === 'bonjour');
    await client.delete(CONFIG_MAPS, KEY);
    await waitFor(async () => (await greeting()) === 'bonjour');
    await client.mergePatch(CONFIG_MAPS, KEY, {
      data: { text: 'broken', extra: 'theirs' },
    });
    await waitFor(async () => (await greeting()) === 'bonjour');
    expect((await client.get(CONFIG_MAPS, KEY)).data).toMatchObject({
      extra: 'theirs',
    });
    await label(null);
    const gone = () =>
      client.get(CONFIG_MAPS, KEY).then(
        () => false,
        () => true,
      );
    await waitFor(gone);

    const exited = new Promise(resolve => child?.once('exit', resolve));
    child?.kill('SIGTERM');
    expect(await exited).toBe(0);
    const lease = await client.get(LEASES, {
      namespace: 'default',
      name: 'greeter',
    });
    expect(Object(lease.spec).holderIdentity ?? '').toBe('');
  });
});
