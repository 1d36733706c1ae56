import useAsync from 'react-use/esm/useAsync';
import { useApiHolder } from '@backstage/frontend-plugin-api';
import { entityPresentationApiRef } from '@backstage/plugin-catalog-react';
import type { AccessSubject } from '@slipway/plugin-llm-common';
import { ownerName } from '../format';

/** What people and groups are called, for places that take only text. Until the catalog has answered, the name in the entity ref. */
export function useNames(refs: string[]): (ref: string) => string {
  const presentations = useApiHolder().get(entityPresentationApiRef);
  const { value } = useAsync(async () => {
    const known = await Promise.all(
      refs.map(async ref => {
        const shown = await presentations?.forEntity(ref).promise;
        return [ref, shown?.primaryTitle ?? ownerName(ref)] as const;
      }),
    );
    return new Map(known);
  }, [presentations, refs.join(' ')]);
  return ref => value?.get(ref) ?? ownerName(ref);
}

/** What the subject of a grant is called, for places that take only text. */
export function useSubjectName({ kind, ref }: AccessSubject): string {
  const nameOf = useNames(kind === 'user' ? [ref] : []);
  return kind === 'user' ? nameOf(ref) : ref;
}
