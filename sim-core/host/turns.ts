/**
 * The next turn of the host's loop: everything that could go on at once has gone on by then. A timer of no time would do, but hosts make it wait
 * (a millisecond in Node, four in a browser), and a class's submissions wait for thousands of them.
 */
export const nextTurn: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        })
    : byMessage();

/** A turn that leaves the host time for what it loads. */
export function aWhile(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Where there is no `setImmediate`: a message to oneself. */
function byMessage(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port2.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port1.postMessage(undefined);
    });
}
