import { useRef } from 'react';

/**
 * A name for a change that a person is about to make: the same for the same content until it is done, so that pressing the button again
 * after a lost answer changes nothing twice; another one as soon as the content differs.
 *
 * @param content - what is sent, as text
 */
export function useOnce(content: string): string {
  const last = useRef<{ content: string; name: string }>();
  if (last.current?.content !== content) {
    last.current = { content, name: newName() };
  }
  return last.current.name;
}

/** 128 random bits as hex. Not `randomUUID`, which browsers have only on secure origins. */
function newName(): string {
  const bytes = window.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
