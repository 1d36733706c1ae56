const TIMEOUT_MS = 30_000;

/**
 * Resolves with the first truthy value of `condition`, asked again and again; what it throws counts as "not yet".
 *
 * @throws Error naming what was waited for, and the last failure, after 30 s: long enough for a machine that is busy with other things.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: { what?: string } = {},
): Promise<NonNullable<T>> {
  const deadlineMs = performance.now() + TIMEOUT_MS;
  let failure: unknown;
  do {
    try {
      const value = await condition();
      if (value) {
        return value;
      }
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await new Promise(resolve => setTimeout(resolve, 5));
  } while (performance.now() < deadlineMs);
  const what = options.what ?? condition.toString();
  throw new Error(`not within ${TIMEOUT_MS} ms: ${what}`, { cause: failure });
}
