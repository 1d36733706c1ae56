/*
 * How many requests a second the sandbox's API server answers. From the root of the repository:
 *
 *   node -r @backstage/cli/config/nodeTransform.cjs packages/sandbox/scripts/measureWrites.ts [requests] [clients]
 *
 * The server runs in a process of its own, without nodes and controllers of workloads. Prints one line for each kind of request on stderr,
 * and one JSON object on stdout: requests a second, and microseconds of the server's CPU for each.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { createApiServer } from '../src/api/createApiServer';

interface Reply {
  url?: string;
  caCert?: string;
  cpuUs?: number;
}

async function serve(): Promise<void> {
  const server = await createApiServer();
  process.on('message', message => {
    if (message === 'stop')
      server.stop().then(() => process.exit(0), process.exit);
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuUs: user + system });
  });
  process.send?.({ url: server.url, caCert: server.caCert });
}

const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: 'model' } },
  spec: {
    replicas: 0,
    paused: true,
    selector: { matchLabels: { app: 'model' } },
    template: {
      metadata: { labels: { app: 'model' } },
      spec: {
        containers: [
          {
            name: 'vllm',
            image: 'example.com/vllm:1',
            args: ['--model', '/weights', '--served-model-name', name],
            env: [{ name: 'HF_HOME', value: '/cache' }],
            ports: [{ name: 'http', containerPort: 8000 }],
            resources: { limits: { 'nvidia.com/gpu': 1, memory: '64Gi' } },
            readinessProbe: { httpGet: { path: '/health', port: 'http' } },
            volumeMounts: [{ name: 'weights', mountPath: '/weights' }],
          },
        ],
        volumes: [
          { name: 'weights', persistentVolumeClaim: { claimName: name } },
        ],
      },
    },
  },
});

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { config: 'x'.repeat(500) },
});

async function measure(requests: number, clients: number): Promise<void> {
  const child = fork(__filename, [], {
    env: { ...process.env, SLIPWAY_MEASURED: '1' },
  });
  /** The next message that is ours; a development server of Backstage sends others. */
  const reply = async (field: keyof Reply): Promise<Reply> => {
    for (;;) {
      const [message]: Reply[] = await once(child, 'message');
      if (message[field] !== undefined) return message;
    }
  };
  const ask = (message: string): Promise<Reply> => {
    child.send(message);
    return reply('cpuUs');
  };
  const { url = '', caCert } = await reply('url');
  const agent = new Agent({ keepAlive: true, maxSockets: clients, ca: caCert });

  const send = (
    method: string,
    path: string,
    body?: object,
    type = 'application/json',
  ) =>
    new Promise<void>((resolve, reject) => {
      const payload = body && JSON.stringify(body);
      const headers = {
        Authorization: 'Bearer admin-token',
        'Content-Type': type,
      };
      const sent = request(
        `${url}${path}`,
        { method, agent, headers },
        response => {
          response.resume();
          response.on('end', () => {
            if ((response.statusCode ?? 500) < 300) resolve();
            else reject(new Error(`${method} ${path}: ${response.statusCode}`));
          });
        },
      );
      sent.on('error', reject);
      sent.end(payload);
    });

  const maps = '/api/v1/namespaces/default/configmaps';
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  const apply = (name: string) =>
    send(
      'PATCH',
      `${deployments}/${name}?fieldManager=m&force=true`,
      deployment(name),
      'application/apply-patch+yaml',
    );
  const merge = 'application/merge-patch+json';
  const kinds: Record<string, (i: number) => Promise<void>> = {
    createConfigMap: i => send('POST', maps, configMap(`m-${i}`)),
    patchConfigMap: i =>
      send('PATCH', `${maps}/m-${i}`, { data: { config: `${i}` } }, merge),
    getConfigMap: i => send('GET', `${maps}/m-${i}`),
    deleteConfigMap: i => send('DELETE', `${maps}/m-${i}`),
    createDeployment: i => send('POST', deployments, deployment(`d-${i}`)),
    applyNewDeployment: i => apply(`a-${i}`),
    applySameDeployment: i => apply(`a-${i}`),
  };
  const result: Record<string, { perSecond: number; serverCpuUs: number }> = {};
  for (const [name, one] of Object.entries(kinds)) {
    const { cpuUs: before = 0 } = await ask('cpu');
    const start = performance.now();
    let next = 0;
    const client = async () => {
      while (next < requests) await one(next++);
    };
    await Promise.all(Array.from({ length: clients }, client));
    const seconds = (performance.now() - start) / 1000;
    const { cpuUs: after = 0 } = await ask('cpu');
    result[name] = {
      perSecond: Math.round(requests / seconds),
      serverCpuUs: Math.round((after - before) / requests),
    };
    process.stderr.write(`${name}: ${JSON.stringify(result[name])}\n`);
  }
  agent.destroy();
  child.send('stop');
  process.stdout.write(
    `${JSON.stringify({
      bench: 'sandbox-writes',
      requests,
      clients,
      result,
    })}\n`,
  );
}

const [requests = '2000', clients = '16'] = process.argv.slice(2);
const work = process.env.SLIPWAY_MEASURED
  ? serve()
  : measure(Number(requests), Number(clients));
work.catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
