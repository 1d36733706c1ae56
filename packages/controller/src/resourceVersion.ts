const NUMBER = /^[1-9][0-9]*$/;

/**
 * Orders two resource versions of one kind: 1 if `left` is later, -1 if earlier, 0 if equal, `undefined` if that can't be told.
 * Kubernetes 1.35 made it official that they are decimal numbers; all servers on etcd always behaved so.
 */
export function compareVersions(
  left: string | undefined,
  right: string | undefined,
): -1 | 0 | 1 | undefined {
  if (
    left === undefined ||
    right === undefined ||
    !NUMBER.test(left) ||
    !NUMBER.test(right)
  ) {
    return undefined;
  }
  if (left.length !== right.length) {
    return left.length > right.length ? 1 : -1;
  }
  if (left === right) {
    return 0;
  }
  return left > right ? 1 : -1;
}
