import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** The folder of this package, which runs from source only. */
// eslint-disable-next-line no-restricted-syntax -- never packed, so the folder of the source is the folder of the package
export const packageFolder = path.resolve(__dirname, '..');
const repository = path.resolve(packageFolder, '..', '..');

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function find(variable: string, program: string): string | undefined {
  const named = process.env[variable];
  if (named) {
    if (!isExecutable(named)) {
      throw new Error(
        `${variable} names "${named}", which is not a program. Correct or unset it.`,
      );
    }
    return named;
  }
  return [
    path.join(repository, '.slipway', 'bin'),
    ...(process.env.PATH ?? '').split(path.delimiter),
  ]
    .map(folder => path.join(folder, program))
    .find(isExecutable);
}

/** The Envoy to try things on: `ENVOY`, else `.slipway/bin/envoy`, else the one on the PATH. */
export const findEnvoy = () => find('ENVOY', 'envoy');

/** Envoy Gateway's translator: `EGCTL`, else `.slipway/bin/egctl`, else the one on the PATH. */
export const findEgctl = () => find('EGCTL', 'egctl');
