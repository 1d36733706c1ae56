/** `grant_0f3c12…`: enough to tell one id from another by eye. */
export function shortId(id: string): string {
  return id.replace(/^(\w+_[0-9a-f]{6})[0-9a-f]+$/, '$1…');
}
