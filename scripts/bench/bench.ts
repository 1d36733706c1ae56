import path from 'node:path';
import {
  runAuthorizerBench,
  runControllerBench,
  runKeysBench,
  runRevocationBench,
} from '../../plugins/llm-backend/dev/bench';

const usage = `npm run bench -- BENCH [flags]: progress goes to stderr, the result is the last line of stdout, as JSON.

controller: measures the operator

  --models N          how many models                                             (1000)
  --kubeconfig FILE   a cluster that is prepared for models; the sandbox if absent
  --quiet-seconds N   how long the cluster is watched while nothing changes       (60)
  --changes N         how many single changes are timed                           (100)
  --profile DIR       write CPU profiles of the processes there

authorizer: measures how requests are judged, against a handler that does nothing. Needs ghz (GHZ, .slipway/bin or PATH)

  --keys N            how many keys                                               (1000000)
  --rps R             requests per second, whether or not they are answered       (5000)
  --seconds S         for how long                                                (30)
  --database-url URL  a Postgres database, empty or filled by an earlier run, to start from; a snapshot on disk if absent

keys: measures how fast keys are issued and listed through the HTTP API

  --database-url URL  a Postgres database; a schema is made in it and dropped again
  --seconds S         for how long keys are issued                                (20)
  --clients N         how many are asked for at a time                            (256)
  --users N           by how many people                                          (1000)
  --list N            how many keys the tenant has whose first page is listed     (100000)

revocation: measures how long a revoked key still works, across three authorizers on one Postgres

  --database-url URL  a Postgres database
  --revocations N     how many                                                    (200)
  --poll-ms N         how often the authorizers ask for changes                   (100)`;

const benches: Record<
  string,
  (args: string[], root: string) => Promise<unknown>
> = {
  controller: runControllerBench,
  authorizer: runAuthorizerBench,
  keys: runKeysBench,
  revocation: runRevocationBench,
};

async function main([name, ...args]: string[]): Promise<void> {
  const run = name === undefined ? undefined : benches[name];
  if (!run || args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    process.exitCode = run || name === undefined ? 0 : 2;
    return;
  }
  const result = await run(args, path.resolve(__dirname, '../..'));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => process.exit(1));
}
main(process.argv.slice(2)).then(
  () => process.exit(),
  error => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  },
);
