import { GrantsCard } from './GrantsCard';
import { KeysCard } from './KeysCard';

/** What is mine: grants and what waits to become one, then keys. */
export function MineTab() {
  return (
    <>
      <GrantsCard />
      <KeysCard />
    </>
  );
}
