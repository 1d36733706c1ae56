/**
 * Remembers what a pure function makes of an object, as long as the object lives. Only for objects that nobody changes, such as those of
 * caches, parsed models and renders.
 */
export function perObject<K extends object, V>(
  make: (object: K) => V,
): (object: K) => V {
  const made = new WeakMap<K, { value: V }>();
  return object => {
    let known = made.get(object);
    if (!known) {
      known = { value: make(object) };
      made.set(object, known);
    }
    return known.value;
  };
}
