/** `sofia` as the entity ref of a user; an entity ref stays. Nothing for nothing. */
export function toUserRef(text: string): string | undefined {
  const name = text.trim().toLocaleLowerCase('en-US');
  if (!name) {
    return undefined;
  }
  return name.includes(':') ? name : `user:default/${name}`;
}
