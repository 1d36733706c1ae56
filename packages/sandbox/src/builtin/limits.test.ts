import { ApiServer, createApiServer } from '../api/createApiServer';
import { TestClient } from '../api/testing/client';

/*
 * What one object may not take from another, and what is too much for one. Sources: `pkg/registry/core/service/storage/alloc.go`, `ValidateConfigMap`,
 * `ValidateSecret` and `ValidateService` of `pkg/apis/core/validation`.
 */

describe('limits of the server', () => {
  let server: ApiServer;
  let client: TestClient;
  const send = (plural: string, kind: string, name: string, rest: object) =>
    client.call('POST', `/api/v1/namespaces/default/${plural}`, {
      apiVersion: 'v1',
      kind,
      metadata: { name },
      ...rest,
    });
  const service = (name: string, spec: object) =>
    send('services', 'Service', name, { spec });
  const ports = (...nodePorts: number[]) =>
    nodePorts.map(nodePort => ({
      name: `p${nodePort}`,
      port: nodePort,
      nodePort,
    }));

  beforeAll(async () => {
    server = await createApiServer();
    client = new TestClient(server);
  });
  afterAll(() => server.stop());

  it('a port of the nodes is one Service’s; its own it may keep', async () => {
    const first = { type: 'NodePort', ports: ports(30100, 30101) };
    const { status, body } = await service('first', first);
    expect(status).toBe(201);
    const second = { type: 'NodePort', ports: ports(30099, 30101) };
    expect((await service('second', second)).body).toMatchObject({
      code: 422,
      message:
        'Service "second" is invalid: spec.ports[1].nodePort: Invalid value: 30101: provided port is already allocated',
    });
    const path = '/api/v1/namespaces/default/services/first';
    expect((await client.call('PUT', path, body)).status).toBe(200);
    await client.call('DELETE', path);
    expect((await service('second', second)).status).toBe(201);
  });

  it('what is given out is what nobody has asked for', async () => {
    // The next ports that would be given out are taken by somebody who asks for them.
    const probe = await service('probe', {
      type: 'NodePort',
      ports: [{ port: 1 }],
    });
    const given = Object(probe.body).spec.ports[0].nodePort;
    const asked = [given + 1, given + 2];
    await service('asks', { type: 'NodePort', ports: ports(...asked) });
    const { status, body } = await service('takes', {
      type: 'NodePort',
      ports: [{ port: 1 }],
    });
    expect(status).toBe(201);
    expect(asked).not.toContain(Object(body).spec.ports[0].nodePort);
  });

  it('within one Service a port of the nodes is for one port of each protocol', async () => {
    const spec = {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 1, nodePort: 30200 },
        { name: 'b', port: 2, nodePort: 30200, protocol: 'UDP' },
      ],
    };
    expect((await service('both', spec)).status).toBe(201);
    spec.ports[1].protocol = 'TCP';
    expect((await service('twice', spec)).body).toMatchObject({
      code: 422,
      message: expect.stringContaining(
        'spec.ports[1].nodePort: Duplicate value: 30200',
      ),
    });
  });

  it('an address is one Service’s', async () => {
    const spec = { clusterIP: '10.96.7.7', ports: [{ port: 80 }] };
    expect((await service('at', spec)).status).toBe(201);
    expect((await service('at-too', spec)).body).toMatchObject({
      code: 422,
      message:
        'Service "at-too" is invalid: spec.clusterIPs: Invalid value: ["10.96.7.7"]: failed to allocate IP 10.96.7.7: provided IP is already allocated',
    });
  });

  it.each([
    ['configmaps', 'ConfigMap', 'data', (n: number) => 'ü'.repeat(n / 2), '[]'],
    ['configmaps', 'ConfigMap', 'binaryData', base64, '[]'],
    ['secrets', 'Secret', 'data', base64, 'data'],
    ['secrets', 'Secret', 'stringData', (n: number) => 'x'.repeat(n), 'data'],
  ])('%s (%s) hold a MiB in %s', async (plural, kind, field, bytes, where) => {
    const fits = await send(plural, kind, `fits-${field.toLowerCase()}`, {
      [field]: { a: bytes(2 ** 19), b: bytes(2 ** 19) },
    });
    expect(fits.status).toBe(201);
    const { body } = await send(plural, kind, 'big', {
      [field]: { a: bytes(2 ** 19), b: bytes(2 ** 19 + 2) },
    });
    expect(body).toMatchObject({
      code: 422,
      message: `${kind} "big" is invalid: ${where}: Too long: may not be more than 1048576 bytes`,
    });
  });
});

function base64(bytes: number): string {
  return Buffer.alloc(bytes).toString('base64');
}
