import fs from 'node:fs';
import { createApiServer } from '@slipway/sandbox';

/** A cluster for tests. */
export interface TestCluster {
  kubeconfig: string;
  /** Faults that can be made; absent on a real cluster. */
  faults?: {
    /** Breaks all connections. */
    dropConnections(): void;
    /** Ends all watches with 410 and forgets their history. */
    expireWatches(): void;
  };
  stop(): Promise<void>;
}

/** The cluster of `$KUBECONFIG` when `SLIPWAY_TEST_CLUSTER=1`, else the sandbox's API server. */
export async function openTestCluster(): Promise<TestCluster> {
  const { KUBECONFIG, SLIPWAY_TEST_CLUSTER } = process.env;
  if (SLIPWAY_TEST_CLUSTER === '1' && KUBECONFIG) {
    return {
      kubeconfig: fs.readFileSync(KUBECONFIG, 'utf8'),
      stop: async () => {},
    };
  }
  const server = await createApiServer();
  return {
    kubeconfig: server.kubeconfig(),
    faults: {
      dropConnections: () => server.faults.dropConnections(),
      expireWatches: () => {
        server.faults.compactHistory();
        server.faults.expireWatches({});
      },
    },
    stop: () => server.stop(),
  };
}
