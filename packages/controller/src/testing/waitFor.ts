/**
 * Resolves with the first truthy value of `condition`, asked again and again; what it throws counts as "not yet".
 *
 * @throws Error naming what was waited for, and the last failure, after `timeoutMs` (5 s if absent).
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: { timeoutMs?: number; what?: string } = {},
): Promise<NonNullable<T>> {
  const timeoutMs = options.timeoutMs ?? 5000;
  const deadlineMs = performance.now() + timeoutMs;
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
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: failure });
}
