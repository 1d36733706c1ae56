import { ReactNode, useEffect, useState } from 'react';

/** Shows its children only after a while, so that what is quick never flickers. */
export function Delayed(props: { delayMs?: number; children: ReactNode }) {
  const delayMs = props.delayMs ?? 300;
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), delayMs);
    return () => clearTimeout(timer);
  }, [delayMs]);
  return due ? <>{props.children}</> : null;
}
