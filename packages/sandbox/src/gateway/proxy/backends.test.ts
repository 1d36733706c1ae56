import { gatewayKinds } from '../kinds';
import { eventually, TestGateway } from '../testing/testGateway';

const nobodyListens = {
  status: 503,
  body: 'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
};

describe('nobody is reached at a port that nobody listens at', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await new TestGateway().start();
    gateway.pool({ name: 'm' });
  });
  afterEach(async () => {
    await gateway.stop();
    for (const error of gateway.errors) throw error;
  });

  it('of a pool and of its picker', async () => {
    gateway.route({ name: 'm' });
    const chat = () => gateway.chat('org/m');
    await eventually(async () => (await chat()).status === 200);
    const ports = (target: number, picker: number | undefined) =>
      gateway.update('inferencePools', 'm', draft => {
        draft.spec.targetPorts = [{ number: target }];
        draft.spec.endpointPickerRef.port = picker && { number: picker };
      });
    ports(9999, 9002);
    expect(await chat()).toMatchObject(nobodyListens);
    ports(8000, 9003);
    expect(await chat()).toMatchObject({ status: 500, body: '' });
    ports(8000, undefined);
    expect(await chat()).toMatchObject({ status: 200 });
  });

  it('of a Service, whose port may lead to another one, or to one by name', async () => {
    const labels = { app: 'plain' };
    const pod = gateway.pod('models', labels, ['org/plain']);
    gateway.create('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'plain', namespace: 'models' },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8000 }] },
    });
    gateway.create('httpRoutes', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'plain', namespace: 'models' },
      spec: {
        parentRefs: [{ name: 'ai', namespace: 'envoy-gateway-system' }],
        rules: [{ backendRefs: [{ name: 'plain', port: 80 }] }],
      },
    });
    const health = () => gateway.call('/health');
    await eventually(async () => (await health()).status === 200);
    const target = (targetPort: number | string | undefined) =>
      gateway.update('services', 'plain', draft => {
        draft.spec.ports = [{ port: 80, targetPort }];
      });
    target('http');
    expect(await health()).toMatchObject({
      status: 503,
      body: 'no healthy upstream',
    });
    gateway.cluster.update(gatewayKinds.pods, 'models', pod, 'test', draft => {
      draft.spec.containers[0].ports = [{ name: 'http', containerPort: 8000 }];
    });
    expect(await health()).toMatchObject({ status: 200 });
    for (const wrong of [80, undefined]) {
      target(wrong);
      expect(await health()).toMatchObject(nobodyListens);
    }
  });
});
