import {
  createContext,
  Fragment,
  ReactNode,
  useCallback,
  useContext,
  useState,
} from 'react';

/** Draws a dialog; `close` takes it away. */
type Draw = (close: () => void) => ReactNode;

const Context = createContext<((draw: Draw) => void) | undefined>(undefined);

/**
 * Holds dialogs that outlast what opened them: a key that is shown once must not go with the page, the row or the tab that it was made on.
 * They are shown one after the other.
 */
export function LastingDialogs(props: { children: ReactNode }) {
  const [open, setOpen] = useState<{ id: number; draw: Draw }[]>([]);
  const show = useCallback(
    (draw: Draw) =>
      setOpen(before => [
        ...before,
        { id: (before[before.length - 1]?.id ?? 0) + 1, draw },
      ]),
    [],
  );
  const [first] = open;
  return (
    <Context.Provider value={show}>
      {props.children}
      {first && (
        <Fragment key={first.id}>
          {first.draw(() =>
            setOpen(before => before.filter(each => each !== first)),
          )}
        </Fragment>
      )}
    </Context.Provider>
  );
}

/** Shows a dialog that stays until it is closed, whatever becomes of the page under it. */
export function useLastingDialog(): (draw: Draw) => void {
  const show = useContext(Context);
  if (!show) {
    throw new Error('useLastingDialog needs LastingDialogs around it');
  }
  return show;
}
