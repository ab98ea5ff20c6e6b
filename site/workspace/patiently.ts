/** How long to wait before it is tried again, milliseconds. */
const PAUSES = [500, 1000, 2000, 4000];

/** A script could not be fetched. */
export class NotLoaded extends Error {
  override readonly name = 'NotLoaded';
}

/** What to tell a learner of an error, in their language where it is the network's. */
export function reasonOf(error: unknown, words: { readonly noNetwork: string }): string {
  if (error instanceof NotLoaded) return words.noNetwork;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Loads something over a network that may fail for moments: what fails is tried again, and again. Rejects with the last reason, or with the first
 * that `isPassing` does not hold to pass.
 */
export async function patiently<T>(
  load: () => Promise<T>,
  isPassing: (error: unknown) => boolean = () => true,
): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await load();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return load();
}

/** Rejects when the script of a Worker that nothing has been heard of cannot be fetched: `NotLoaded`; or when it fails: its own words. */
export function unlessLoaded(worker: Worker): Promise<never> {
  return new Promise((_, reject) => {
    const hear = () => worker.removeEventListener('error', fail);
    const fail = ({ message }: ErrorEvent) => {
      const text = message || 'the Worker could not be loaded';
      reject(message ? new Error(text) : new NotLoaded(text));
    };
    worker.addEventListener('message', hear, { once: true });
    worker.addEventListener('error', fail, { once: true });
  });
}
