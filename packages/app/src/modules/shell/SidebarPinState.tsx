import { ReactNode } from 'react';
import { SidebarPinStateProvider } from '@backstage/core-components';

const notPinnable = {
  isPinned: true,
  toggleSidebarPinState: () => {},
  // Hides the switch "Pin sidebar" in Settings: our sidebar is not pinned but follows the width of the window.
  isMobile: true,
};

/** Tells stock pages that there is no sidebar to pin. */
export function SidebarPinStateContextProvider(props: { children: ReactNode }) {
  return (
    <SidebarPinStateProvider value={notPinnable}>
      {props.children}
    </SidebarPinStateProvider>
  );
}
