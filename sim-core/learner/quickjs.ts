import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten-core';
import { prelude } from './prelude.ts';
import {
  ComponentError,
  INTERRUPTS,
  MEMORY,
  placeIn,
  type Sandbox,
  type SandboxFactory,
  type SandboxOptions,
  STEPS,
} from './sandbox.ts';

/** What `host/load-sandbox.ts` loads. */
export interface QuickJsParts {
  /** Makes a QuickJS with a memory of its own, of at most so many MiB. */
  instantiate(mebibytes: number): QuickJSWASMModule;
  /** sucrase. */
  transform(source: string, file: string): string;
}

/** Stack of a machine, bytes. Small enough that QuickJS refuses deep recursion long before any host's own stack ends. */
const STACK = 96 * 1024;
/** Promise jobs after one call. */
const JOBS = 10_000;
/** The longest source, characters. */
const LONGEST_SOURCE = 256 * 1024;

const NO_MODULE = 'there is no module';

/** Machines on QuickJS, each in a WebAssembly memory of its own: what one does to its memory, no other sees. */
export function quickJsSandboxes(parts: QuickJsParts): SandboxFactory {
  return {
    prelude,
    compile(source, file) {
      if (source.length > LONGEST_SOURCE)
        throw new ComponentError({
          key: 'syntax',
          values: { message: `more than ${LONGEST_SOURCE} characters` },
          file,
        });
      try {
        return parts.transform(source, file);
      } catch (error) {
        throw new ComponentError(syntaxProblem(error, file));
      }
    },
    create: (options) => new QuickJsSandbox(parts.instantiate(MEMORY), options),
  };
}

/** sucrase says `Error transforming controller.ts: Unexpected token (3:7)`. */
function syntaxProblem(error: unknown, file: string): ComponentError['problem'] {
  const text = error instanceof Error ? error.message : String(error);
  const place = /\((\d+):\d+\)$/.exec(text);
  const message = text.replace(/^Error transforming [^:]*: /, '').replace(/ ?\(\d+:\d+\)$/, '');
  return { key: 'syntax', values: { message }, file, ...(place === null ? {} : { line: Number(place[1]) }) };
}

class QuickJsSandbox implements Sandbox {
  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  private readonly file: string;
  private interrupts = 0;
  private probing = false;
  private loop: { file?: string; line?: number } = {};
  private dispatcher: QuickJSHandle | undefined;
  private ended = false;
  /** What the host's function threw: a defect of ours, not of the learner's. */
  private hostError: unknown;

  constructor(module: QuickJSWASMModule, { prelude, code, file, host }: SandboxOptions) {
    this.file = file;
    const runtime = module.newRuntime();
    runtime.setMaxStackSize(STACK);
    runtime.setInterruptHandler(() => this.interrupted());
    // Named so, a module's imports are looked up as written.
    runtime.setModuleLoader(
      (name) => (name === 'jotasu' ? prelude : { error: new Error(`${NO_MODULE} '${name}' here; there is 'jotasu'`) }),
      (_base, requested) => requested,
    );
    const context = runtime.newContext();
    this.runtime = runtime;
    this.context = context;
    const bridge = context.newFunction('host', (operation, argument) => {
      try {
        return context.newString(host(context.getString(operation), context.getString(argument)));
      } catch (error) {
        this.hostError = error;
        throw error;
      }
    });
    context.setProp(context.global, '__host', bridge);
    bridge.dispose();
    const library = this.module(prelude, 'jotasu');
    const boot = context.getProp(library, 'boot');
    this.dispatcher = context.getProp(library, 'dispatch');
    library.dispose();
    const exports = this.module(code, file);
    this.guarded(() => {
      const result = context.callFunction(boot, context.undefined, exports);
      if (result.error !== undefined) throw this.failure(result.error);
      result.value.dispose();
    });
    boot.dispose();
    exports.dispose();
  }

  dispatch(operation: string, argument: string): string {
    return this.guarded(() => {
      const { context } = this;
      const first = context.newString(operation);
      const second = context.newString(argument);
      const result = context.callFunction(this.dispatcher!, context.undefined, first, second);
      first.dispose();
      second.dispose();
      if (result.error !== undefined) throw this.failure(result.error);
      const text = context.getString(result.value);
      result.value.dispose();
      this.runJobs();
      return text;
    });
  }

  /** The memory goes with the last reference to it; nothing of the machine's is run any more. */
  dispose(): void {
    this.ended = true;
  }

  /** Runs a module, and answers its exports. */
  private module(code: string, file: string): QuickJSHandle {
    return this.guarded(() => {
      const { context } = this;
      const result = context.evalCode(code, file, { type: 'module', strict: true });
      if (result.error !== undefined) throw this.failure(result.error, 'syntax');
      this.runJobs();
      const state = context.getPromiseState(result.value);
      if (state.type === 'fulfilled') return state.value;
      if (state.type === 'rejected') throw this.failure(state.error);
      throw new ComponentError({ key: 'pending', values: {}, file });
    });
  }

  /** Runs something in the machine with a fresh count of steps. After any failure the machine is not trusted any more. */
  private guarded<T>(run: () => T): T {
    if (this.ended) throw new ComponentError({ key: 'threw', values: { error: 'Error', message: 'ended' } });
    this.interrupts = 0;
    try {
      return run();
    } catch (error) {
      this.ended = true;
      if (this.hostError !== undefined) throw this.hostError;
      if (error instanceof ComponentError) throw error;
      // The host's own stack ended inside QuickJS, or QuickJS ran out of memory where it cannot say so.
      const key = error instanceof RangeError ? 'stack' : 'memory';
      throw new ComponentError({ key, values: { mebibytes: String(MEMORY) } });
    }
  }

  private runJobs(): void {
    for (let count = 0; this.runtime.hasPendingJob(); count++) {
      const result = this.runtime.executePendingJobs(1);
      if (result.error !== undefined) throw this.failure(result.error);
      result.dispose();
      if (count >= JOBS || this.interrupts > INTERRUPTS) throw new ComponentError(this.tooManySteps({}));
    }
  }

  /** Ten thousand steps have been made. Answers whether it is enough. */
  private interrupted(): boolean {
    if (this.probing) return true;
    if (this.hostError !== undefined) return true;
    if (++this.interrupts <= INTERRUPTS) return false;
    // The trace of an interruption tells where the loop was entered; a trace from here, which call it made last.
    this.probing = true;
    try {
      const result = this.context.evalCode('new Error().stack', 'probe');
      if (result.error === undefined && this.context.typeof(result.value) === 'string')
        this.loop = placeIn(this.context.getString(result.value), this.file);
    } finally {
      this.probing = false;
    }
    return true;
  }

  private tooManySteps(place: { file?: string; line?: number }): ComponentError['problem'] {
    return { key: 'steps', values: { steps: String(STEPS) }, ...place };
  }

  /** What an exception that left the machine means. Reading it may run the learner's code: still within the count. */
  private failure(handle: QuickJSHandle, unusual: 'threw' | 'syntax' = 'threw'): ComponentError {
    const { context, file } = this;
    const read = (name: string): string => {
      const value = context.getProp(handle, name);
      return context.typeof(value) === 'string' ? context.getString(value).slice(0, 4000) : '';
    };
    const isObject = context.typeof(handle) === 'object';
    const message = isObject ? read('message') : context.typeof(handle) === 'string' ? context.getString(handle) : '';
    const place = isObject ? placeIn(read('stack'), file) : {};
    if (this.interrupts > INTERRUPTS)
      return new ComponentError(this.tooManySteps((this.loop.line ?? 0) > (place.line ?? 0) ? this.loop : place));
    const error = isObject ? read('name') : 'Error';
    // Without any memory left there is not even a message.
    if ((error === 'InternalError' && message === 'out of memory') || (error === '' && message === ''))
      return new ComponentError({ key: 'memory', values: { mebibytes: String(MEMORY) }, ...place });
    if (error === 'InternalError' && message === 'stack overflow')
      return new ComponentError({ key: 'stack', values: {}, ...place });
    const key = unusual === 'syntax' && (error === 'SyntaxError' || message.startsWith(NO_MODULE)) ? 'syntax' : 'threw';
    const values: Record<string, string> = key === 'syntax' ? { message } : { error, message: message.slice(0, 500) };
    return new ComponentError({ key, values, file, ...place });
  }
}
