import http from 'node:http';
import type { CaseName } from './cases';
import type { ChainOptions } from './chain';
import { Chain, grantedKey } from './chain';
import type { JsonObject } from './json';
import { listAt, objectsIn, textAt } from './json';
import { modelDigest, modelId, modelsHost } from './objects';
import { findEnvoy } from './tools';
import type { Translation } from './translate';

const variants: Record<string, { case: CaseName; options?: ChainOptions }> = {
  'no authorizer': { case: 'grpc', options: { change: withoutAuthorizer } },
  'HTTP/1.1, body': { case: 'http' },
  'gRPC, body': { case: 'grpc' },
  'gRPC, header per model, no body': {
    case: 'header-per-model',
    options: {
      decide: () => ({
        pass: true,
        headers: { [`x-slipway-may-${modelDigest(modelId(0))}`]: '1' },
        remove: ['authorization'],
      }),
    },
  },
};

const sizes = [
  { name: '2 KB', bytes: 2_000, requestsPerRound: 80 },
  { name: '100 KB', bytes: 100_000, requestsPerRound: 40 },
  { name: '1 MB', bytes: 1_000_000, requestsPerRound: 20 },
];
const rounds = 6;
const concurrentForMemory = 8;

/** The same chain with nobody asked and every route open. */
function withoutAuthorizer(given: Translation): Translation {
  const translation = structuredClone(given);
  const gone = /^envoy\.filters\.http\.(ext_authz|rbac)/;
  for (const found of objectsIn(translation.listeners)) {
    if (textAt(found, '@type').endsWith('.HttpConnectionManager')) {
      found.httpFilters = listAt(found, 'httpFilters').filter(
        filter => !gone.test(textAt(filter, 'name')),
      );
    }
  }
  for (const found of objectsIn(translation.routes)) {
    delete found.typedPerFilterConfig;
  }
  return translation;
}

interface Cell {
  variant: string;
  size: string;
  requests: number;
  /** What else runs on the machine disturbs this one least. */
  p25Ms: number;
  p50Ms: number;
  p99Ms: number;
}

function call(
  { envoy }: Chain,
  agent: http.Agent,
  body: string,
): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port: envoy.port,
        method: 'POST',
        path: '/v1/chat/completions',
        agent,
        headers: {
          host: modelsHost,
          authorization: grantedKey,
          'content-type': 'application/json',
          'content-length': body.length,
        },
      },
      response => {
        if (response.statusCode !== 200) {
          reject(new Error(`A request was answered ${response.statusCode}.`));
        }
        response.resume();
        response.once('end', () => resolve(performance.now() - startedAt));
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}

const bodyOf = (bytes: number) =>
  JSON.stringify({ model: modelId(0), messages: 'x'.repeat(bytes) });

function percentile(sorted: number[], share: number): number {
  const index = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return Math.round(sorted[index] * 100) / 100;
}

/** Round by round through all variants, so that what else runs on the machine disturbs each alike. */
async function measureLatency(chains: Map<string, Chain>): Promise<Cell[]> {
  const agent = new http.Agent({ keepAlive: true });
  const cells: Cell[] = [];
  for (const { name: size, bytes, requestsPerRound } of sizes) {
    const body = bodyOf(bytes);
    const times = new Map([...chains.keys()].map(name => [name, [0].slice(1)]));
    for (let round = 0; round <= rounds; round++) {
      for (const [variant, chain] of chains) {
        for (let n = 0; n < requestsPerRound; n++) {
          const tookMs = await call(chain, agent, body);
          // The first round warms up.
          if (round > 0) {
            times.get(variant)?.push(tookMs);
          }
        }
        chain.questions.length = 0;
      }
    }
    for (const [variant, found] of times) {
      const sorted = found.sort((a, b) => a - b);
      const [p25Ms, p50Ms, p99Ms] = [0.25, 0.5, 0.99].map(share =>
        percentile(sorted, share),
      );
      cells.push({
        variant,
        size,
        requests: sorted.length,
        p25Ms,
        p50Ms,
        p99Ms,
      });
    }
  }
  agent.destroy();
  return cells;
}

/** By how much Envoy's resident memory grew at most while many large bodies were on their way at once. */
async function measureMemory(chain: Chain, bytes: number): Promise<number> {
  const agent = new http.Agent({ keepAlive: true });
  const { nowBytes } = await chain.envoy.memory();
  const body = bodyOf(bytes);
  await Promise.all(
    Array.from({ length: concurrentForMemory }, () => call(chain, agent, body)),
  );
  agent.destroy();
  const { peakBytes } = await chain.envoy.memory();
  return Math.round((peakBytes - nowBytes) / 2 ** 20);
}

/**
 * Measures what asking the authorizer adds to a request, by body size. Prints a table to stderr and one JSON object to
 * stdout. One Node process plays client, authorizer, model extraction and model server: compare within a column.
 */
export async function bench(): Promise<void> {
  const binary = findEnvoy();
  if (!binary) {
    throw new Error('There is no Envoy. Name one with ENVOY.');
  }
  const memory: JsonObject = {};
  for (const [name, { case: caseName, options }] of Object.entries(variants)) {
    const chain = await Chain.start(binary, caseName, options);
    memory[name] = await measureMemory(chain, 1_000_000);
    await chain.close();
  }
  const chains = new Map<string, Chain>();
  try {
    for (const [name, { case: caseName, options }] of Object.entries(
      variants,
    )) {
      chains.set(name, await Chain.start(binary, caseName, options));
    }
    const cells = await measureLatency(chains);
    for (const { variant, size, requests, ...found } of cells) {
      const row = [size, variant, requests, ...Object.values(found)];
      process.stderr.write(`| ${row.join(' | ')} |\n`);
    }
    const memoryMb = { concurrent: concurrentForMemory, ...memory };
    process.stdout.write(`${JSON.stringify({ cells, memoryMb })}\n`);
  } finally {
    await Promise.all([...chains.values()].map(chain => chain.close()));
  }
}
