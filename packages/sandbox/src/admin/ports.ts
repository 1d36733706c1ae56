/** Runs `listen` and says in words which port is taken, for what, and how to choose another. */
export async function onPort<T>(
  what: string,
  flag: string,
  port: number,
  listen: () => Promise<T>,
): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    if (isBusy(error)) {
      throw new Error(
        `Port ${port} (${what}) is in use. Stop what listens there, or choose another with ${flag}.`,
      );
    }
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'EADDRINUSE'
  );
}
