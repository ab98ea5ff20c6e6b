/**
 * Calls `run` for 0 … count-1 in batches of 1, 2, 4, 8 … and stops after the first batch in which a call failed
 * (slowStartBatch): when a quota or an admission plugin refuses every pod, one request finds that out rather than hundreds.
 *
 * Answers how many calls succeeded, and the first error.
 */
export function slowStart(count: number, run: (index: number) => void): { successes: number; error?: unknown } {
  let successes = 0;
  let index = 0;
  for (let batch = 1; index < count; batch *= 2) {
    const end = Math.min(index + batch, count);
    let failed: { error: unknown } | undefined;
    for (; index < end; index++) {
      try {
        run(index);
        successes++;
      } catch (error) {
        failed ??= { error };
      }
    }
    if (failed !== undefined) return { successes, error: failed.error };
  }
  return { successes };
}
