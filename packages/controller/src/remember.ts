/** Sets an entry as the newest, and forgets the oldest ones beyond `limit`. */
export function remember<K, V>(
  map: Map<K, V>,
  key: K,
  value: V,
  limit: number,
): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= limit) {
      break;
    }
    map.delete(oldest);
  }
}
