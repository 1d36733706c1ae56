import { useApi } from '@backstage/frontend-plugin-api';
import { CallableModel } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { useLiveResource } from '../live';
import { useAccessPerson } from './AccessContext';
import { blockOf, Held } from './blockOf';
import { GrantsCard } from './GrantsCard';
import { KeysCard } from './KeysCard';

/** What is mine: grants and what waits to become one, then keys; what a block stops says so. */
export function MineTab() {
  const api = useApi(accessApiRef);
  const person = useAccessPerson();
  const { value: models = [] } = useLiveResource<CallableModel[]>({
    key: 'callable models',
    load: (_previous, signal) => api.listCallableModels(signal),
  });
  const stoppedBy = (held: Held) => blockOf(held, person, models);
  return (
    <>
      <GrantsCard models={models} stoppedBy={stoppedBy} />
      <KeysCard stoppedBy={stoppedBy} />
    </>
  );
}
