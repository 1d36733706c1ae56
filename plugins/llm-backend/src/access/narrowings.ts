import type { AccessModel } from './types';

type Access = AccessModel['access'];

/** Whether a model lets in fewer than it did. */
export function isNarrower(after: Access, before: Access): boolean {
  if (after.public) {
    return false;
  }
  return (
    before.public || before.groups.some(group => !after.groups.includes(group))
  );
}

/** Finds out, change by change, which models let in fewer than they did. */
export class Narrowings {
  #known = new Map<string, Access>();

  /** Takes note of the models as they are now, and returns those that were narrowed since the last time. */
  note(models: AccessModel[]): string[] {
    const before = this.#known;
    this.#known = new Map(models.map(({ ref, access }) => [ref, access]));
    return models.flatMap(({ ref, access }) => {
      const known = before.get(ref);
      return known && isNarrower(access, known) ? [ref] : [];
    });
  }
}
