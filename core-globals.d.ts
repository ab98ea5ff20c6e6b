/**
 * The two types of its hosts that sim-core may name: outside clients hand in a signal to end a watch, as they do to `fetch`, and kubectl,
 * which stands outside of the engine, makes one of its own to end a watch early. Known to tsconfig.core.json alone, whose library has no
 * DOM.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  throwIfAborted(): void;
}

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare const AbortController: { new (): AbortController };
