import { ApiFailure } from '../types';
import { forEachPath, formatPath } from './fieldSet';
import { Ownership } from './managedFields';
import { Conflict } from './ownership';

/** The 409 that an apply without force gets, worded as the real server does. */
export function conflictFailure(conflicts: readonly Conflict[]): ApiFailure {
  const groups = conflicts
    .map(({ owner, fields }) => {
      const paths: string[] = [];
      forEachPath(fields, path => paths.push(formatPath(path)));
      return { owner: describeOwner(owner), paths };
    })
    .sort((a, b) => (a.owner < b.owner ? -1 : 1));
  const causes = groups.flatMap(({ owner, paths }) =>
    paths.map(field => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${owner}`,
      field,
    })),
  );
  return new ApiFailure(409, 'Conflict', messageOf(groups, causes.length), {
    causes,
  });
}

function messageOf(
  groups: readonly { owner: string; paths: string[] }[],
  count: number,
): string {
  if (count === 1) {
    const [{ owner, paths }] = groups;
    return `Apply failed with 1 conflict: conflict with ${owner}: ${paths[0]}`;
  }
  const lines = groups.flatMap(({ owner, paths }) => [
    `conflicts with ${owner}:`,
    ...paths.map(path => `- ${path}`),
  ]);
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
}

function describeOwner(owner: Ownership): string {
  const name = JSON.stringify(owner.manager);
  const subresource = owner.subresource
    ? ` with subresource ${JSON.stringify(owner.subresource)}`
    : '';
  const version =
    owner.operation === 'Update' ? ` using ${owner.apiVersion}` : '';
  return `${name}${subresource}${version}`;
}
