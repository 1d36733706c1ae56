/** Placeholder until the measurements are written. */
export async function bench(): Promise<void> {}
