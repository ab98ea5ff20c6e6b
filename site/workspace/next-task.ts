/** A page that is covered, or turned away from just now, may have no next picture: it is not waited for longer than this, milliseconds. */
const NO_PICTURE = 100;

/** Resolves after the page's next picture; at once where nobody sees the page, which then has none. */
export async function nextPicture(): Promise<void> {
  if (!document.hidden) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, NO_PICTURE);
      requestAnimationFrame(() => resolve());
    });
  }
  await nextTask();
}

/**
 * Resolves in a task of its own: keys, touches and frames that wait come first. What takes long on a phone is done piece by piece, with one of
 * these between two pieces.
 */
export function nextTask(): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: { yield?: () => Promise<void> } };
  if (scheduler?.yield !== undefined) return scheduler.yield();
  // Unlike a timer, a message comes at once in a page in the background too.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
