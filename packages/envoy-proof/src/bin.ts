import { isDeepStrictEqual } from 'node:util';
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { tryAiGateway } from './aiGateway';
import { bench } from './bench';
import type { CaseName } from './cases';
import { caseNames, cases, loadTranslation, translationFile } from './cases';
import { gatewayObjects } from './objects';
import { findEgctl } from './tools';
import { translate } from './translate';

const usage = `Usage:
  bin.ts translate [case…]   translates the gateway's objects with Envoy Gateway's egctl and writes testdata/
  bin.ts check [case…]       the same, but only compares with testdata/
  bin.ts bench               measures what asking the authorizer costs
  bin.ts ai-gateway PROGRAM  shows which model the AI gateway's own ext_proc reads from odd bodies`;

async function translateCases(names: CaseName[], write: boolean) {
  const egctl = findEgctl();
  if (!egctl) {
    throw new Error(
      'There is no egctl. Install it with "go install github.com/envoyproxy/gateway/cmd/egctl@v1.8.1" and name it with EGCTL.',
    );
  }
  let stale = 0;
  for (const name of names) {
    const found = await translate(egctl, gatewayObjects(cases[name]));
    if (write) {
      const file = translationFile(name);
      const text = file.endsWith('.gz')
        ? gzipSync(JSON.stringify(found), { level: 9 })
        : `${JSON.stringify(found, undefined, 1)}\n`;
      await writeFile(file, text);
      process.stderr.write(`${name}: written\n`);
    } else {
      const same = isDeepStrictEqual(found, await loadTranslation(name));
      stale += same ? 0 : 1;
      process.stderr.write(`${name}: ${same ? 'as before' : 'differs'}\n`);
    }
  }
  return stale;
}

async function main([command, ...args]: string[]): Promise<number> {
  const names = args.length
    ? caseNames.filter(name => args.includes(name))
    : caseNames;
  switch (command) {
    case 'translate':
      return translateCases(names, true);
    case 'check':
      return translateCases(names, false);
    case 'bench': {
      await bench();
      return 0;
    }
    case 'ai-gateway':
      await tryAiGateway(args[0] ?? '');
      return 0;
    default:
      process.stderr.write(`${usage}\n`);
      return 2;
  }
}

main(process.argv.slice(2)).then(
  code => process.exit(code ? 1 : 0),
  error => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  },
);
