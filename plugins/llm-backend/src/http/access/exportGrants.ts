import { InputError } from '@backstage/errors';
import type { GrantSummary } from '@slipway/plugin-llm-common';
import type { AccessCaller, AccessService, GrantFilter } from '../../access';

/** Most rows of one file. */
const MOST = 50_000;
const PAGE = 500;

const columns: [string, (grant: GrantSummary) => string | number][] = [
  ['id', grant => grant.id],
  ['tenant', grant => grant.tenant],
  ['model', grant => grant.model],
  ['subject_kind', grant => grant.subject.kind],
  ['subject', grant => grant.subject.ref],
  ['standing', grant => grant.standing.state],
  [
    'because',
    ({ standing }) => (standing.state === 'valid' ? '' : standing.because),
  ],
  ['requested_by', grant => grant.requestedBy],
  ['granted_by', grant => grant.grantedBy],
  ['created_at', grant => grant.createdAt],
  ['expires_at', grant => grant.expiresAt],
  ['recertified_at', grant => grant.recertifiedAt ?? ''],
  ['active_keys', grant => grant.keys],
];

/**
 * The grants that the caller may see as CSV (RFC 4180).
 *
 * @throws InputError when there are more than 50,000
 */
export async function exportGrants(
  { grants, summaries }: AccessService,
  caller: AccessCaller,
  filter: GrantFilter,
): Promise<string> {
  const lines = [columns.map(([title]) => title).join(',')];
  let cursor: string | undefined;
  do {
    const page = await grants.list(caller, filter, { limit: PAGE, cursor });
    const { items } = await summaries.grants(caller, page);
    lines.push(...items.map(toLine));
    cursor = page.nextCursor;
    if (lines.length > MOST && cursor) {
      throw new InputError(
        `There are more than ${MOST} grants: choose a tenant or a model.`,
      );
    }
  } while (cursor);
  return `${lines.join('\r\n')}\r\n`;
}

function toLine(grant: GrantSummary): string {
  return columns.map(([, valueOf]) => toCell(String(valueOf(grant)))).join(',');
}

/**
 * A cell that a spreadsheet takes for text. What begins like a formula gets an apostrophe before it, as OWASP advises against CSV injection:
 * people choose the names of services.
 */
export function toCell(value: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
