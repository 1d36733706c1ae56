import path from 'node:path';
import { runControllerBench } from '../../plugins/llm-backend/dev/bench';

const usage = `npm run bench -- controller [flags]: measures the operator. Progress goes to stderr, the result is the last line of stdout, as JSON.

  --models N          how many models                                             (1000)
  --kubeconfig FILE   a cluster that is prepared for models; the sandbox if absent
  --quiet-seconds N   how long the cluster is watched while nothing changes       (60)
  --changes N         how many single changes are timed                           (100)
  --profile DIR       write CPU profiles of the processes there`;

async function main([bench, ...args]: string[]): Promise<void> {
  if (bench !== 'controller' || args.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    process.exitCode = bench === 'controller' || bench === undefined ? 0 : 2;
    return;
  }
  const result = await runControllerBench(
    args,
    path.resolve(__dirname, '../..'),
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  error => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  },
);
