import { KubeApiError, Resource } from '@slipway/controller';
import { GatewayJudge } from './GatewayJudge';

const MINUTE = 60_000;

/** A cluster with these policies of listeners; an error is what it answers instead. */
class Cluster {
  answer: object[] | Error = [];
  asked: unknown[] = [];

  async list(resource: Resource, scope: object) {
    this.asked.push([resource.plural, scope]);
    if (this.answer instanceof Error) {
      throw this.answer;
    }
    const policy = {
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      metadata: { name: 'slipway-default-deny' },
    };
    return { items: this.answer.map(spec => ({ ...policy, spec })) };
  }
}

describe('who judges calls', () => {
  let cluster: Cluster;
  let now: number;
  let judge: GatewayJudge;

  beforeEach(() => {
    cluster = new Cluster();
    now = 0;
    judge = GatewayJudge.create({ client: cluster, now: () => now });
  });

  const later = async () => {
    now += MINUTE;
    await judge.read();
    return judge.read();
  };

  it("is the authorizer where a listener's policy has it asked, and else the gateway", async () => {
    cluster.answer = [{ extAuth: { grpc: {} } }, { authorization: {} }];
    expect(await judge.read()).toBe('authorizer');
    expect(cluster.asked).toEqual([
      [
        'securitypolicies',
        {
          labelSelector:
            'app.kubernetes.io/managed-by=nebari-llm-operator,app.kubernetes.io/name=default-deny',
        },
      ],
    ]);
    cluster.answer = [{ authorization: {} }];
    expect(await later()).toBe('gateway');
    cluster.answer = [];
    expect(await later()).toBe('gateway');
  });

  it('is asked for once in half a minute, however many ask', async () => {
    cluster.answer = [{ extAuth: {} }];
    await Promise.all([judge.read(), judge.read()]);
    now += 29_000;
    await judge.read();
    expect(cluster.asked).toHaveLength(1);
    await later();
    expect(cluster.asked).toHaveLength(2);
  });

  it('is not known where the portal may not read it, and stays what it was while the cluster is away', async () => {
    cluster.answer = new Error('forbidden');
    expect(await judge.read()).toBeUndefined();
    cluster.answer = [{ extAuth: {} }];
    expect(await later()).toBe('authorizer');
    cluster.answer = new Error('away');
    expect(await later()).toBe('authorizer');
  });

  it('is the gateway where there are no such policies at all', async () => {
    const code = 404;
    cluster.answer = new KubeApiError(
      { code, reason: 'NotFound', message: 'no such kind' },
      'list',
    );
    expect(await judge.read()).toBe('gateway');
  });
});
