import { IncomingMessage } from 'node:http';
import { User } from '../authentication';
import { invalid } from '../failures';
import { FieldError } from '../seams';
import { FieldValidation } from './decode';
import { WriteOptions } from './writer';

const VALIDATIONS: readonly FieldValidation[] = ['Ignore', 'Strict', 'Warn'];

/** The options are named by kind in failures. */
export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

/** Manager of a request that names none: the user agent up to the first slash. */
function managerFromAgent(request: IncomingMessage): string {
  return (request.headers['user-agent'] ?? 'unknown')
    .split('/')[0]
    .slice(0, 128);
}

/**
 * Reads and checks `dryRun`, `fieldManager`, `fieldValidation` and `force`.
 * @throws ApiFailure 422 that names the options kind, e.g. `CreateOptions`
 */
export function writeOptions(
  request: IncomingMessage,
  query: URLSearchParams,
  user: User,
  kindOfOptions: OptionsKind,
  apply = false,
): WriteOptions & { force: boolean } {
  const errors: FieldError[] = [];
  const manager = query.get('fieldManager') ?? '';
  const force = query.get('force');
  if (apply && manager === '') {
    errors.push({
      reason: 'FieldValueRequired',
      message: 'Required value: is required for apply patch',
      field: 'fieldManager',
    });
  }
  if (!apply && kindOfOptions === 'PatchOptions' && force !== null) {
    errors.push({
      reason: 'FieldValueForbidden',
      message: 'Forbidden: may not be specified for non-apply patch',
      field: 'force',
    });
  }
  if (manager.length > 128) {
    errors.push({
      reason: 'FieldValueTooLong',
      message: 'Too long: may not be more than 128 bytes',
      field: 'fieldManager',
    });
  }
  const dryRun = query.getAll('dryRun').filter(value => value !== '');
  if (dryRun.some(value => value !== 'All')) {
    errors.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(
        dryRun,
      )}: supported values: "All"`,
      field: 'dryRun',
    });
  }
  const wanted = query.get('fieldValidation') ?? '';
  const fieldValidation = VALIDATIONS.find(value => value === wanted);
  if (wanted !== '' && !fieldValidation) {
    errors.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(
        wanted,
      )}: supported values: "", "Ignore", "Strict", "Warn"`,
      field: 'fieldValidation',
    });
  }
  if (errors.length > 0)
    throw invalid({ group: 'meta.k8s.io', kind: kindOfOptions }, '', errors);
  return {
    user,
    manager: manager || managerFromAgent(request),
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation ?? 'Warn',
    force: force === 'true' || force === '1',
  };
}
