/**
 * The one type of its hosts that sim-core may name: outside clients hand in a signal to end a watch, as they do to `fetch`.
 * Known to tsconfig.core.json alone, whose library has no DOM; the core never makes one.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  throwIfAborted(): void;
}
