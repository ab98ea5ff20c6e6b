import type { EitherFFI, EitherModule } from '@jitl/quickjs-ffi-types';
import type { QuickJSWASMModule } from 'quickjs-emscripten-core';
import type { SandboxFactory } from '../learner/sandbox.ts';

/** Pages of WebAssembly memory in a MiB. */
const PAGES = 16;
/** What QuickJS' build asks for at least. */
const FIRST_PAGES = 256;

interface ModuleArgument {
  wasmMemory: WebAssembly.Memory;
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: { exports: WebAssembly.Exports }) => void): void;
}

type Glue = (argument: ModuleArgument) => unknown;
type Core = new (module: EitherModule, ffi: EitherFFI) => QuickJSWASMModule;

let loaded: SandboxFactory | undefined;
let loading: Promise<SandboxFactory> | undefined;

/** The machines for learners' components, if `loadSandbox` has been waited for. */
export function loadedSandbox(): SandboxFactory | undefined {
  return loaded;
}

/** Loads QuickJS and the TypeScript stripper, once, 220 KiB compressed. Who makes a session whose log has components waits for it. */
export function loadSandbox(): Promise<SandboxFactory> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<SandboxFactory> {
  const [{ glue, compiled }, { QuickJSFFI }, { QuickJSWASMModule: Machine }, { transform }, { quickJsSandboxes }] =
    await Promise.all([
      wasm().protocol === 'file:' ? partsOfNode() : partsOfPage(),
      import('@jitl/quickjs-wasmfile-release-sync/ffi'),
      import('quickjs-emscripten-core'),
      import('sucrase'),
      import('../learner/quickjs.ts'),
    ]);
  loaded = quickJsSandboxes({
    instantiate: (mebibytes) =>
      instantiate(compiled, glue, QuickJSFFI as never, Machine as unknown as Core, mebibytes * PAGES),
    transform: (source, filePath) =>
      transform(source, { transforms: ['typescript'], filePath, disableESTransforms: true }).code,
  });
  return loaded;
}

const wasm = () =>
  new URL('../../node_modules/@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm', import.meta.url);

interface PlatformParts {
  readonly glue: Glue;
  readonly compiled: WebAssembly.Module;
}

async function partsOfPage(): Promise<PlatformParts> {
  const [glue, compiled] = await Promise.all([
    import('@jitl/quickjs-wasmfile-release-sync/emscripten-module'),
    WebAssembly.compileStreaming(fetch(wasm())),
  ]);
  return { glue: glue.default as unknown as Glue, compiled };
}

/** Of the builds of the same glue, the one that `require` finds is the one that can be started at once. */
async function partsOfNode(): Promise<PlatformParts> {
  const [{ readFile }, { createRequire }] = await Promise.all([import('node:fs/promises'), import('node:module')]);
  const glue: unknown = createRequire(import.meta.url)('@jitl/quickjs-wasmfile-release-sync/emscripten-module');
  return { glue: glue as Glue, compiled: await WebAssembly.compile(new Uint8Array(await readFile(wasm()))) };
}

/**
 * Makes an instance at once. Emscripten's glue is an async function, but all that matters has been done when it first waits: it has
 * called `instantiateWasm` and taken the exports. What it does after that is run the constructors (export `u`): done here, once.
 */
function instantiate(
  compiled: WebAssembly.Module,
  glue: Glue,
  FFI: new (module: unknown) => EitherFFI,
  Machine: Core,
  maximum: number,
): QuickJSWASMModule {
  let construct: () => void = () => {};
  const argument: ModuleArgument = {
    wasmMemory: new WebAssembly.Memory({ initial: FIRST_PAGES, maximum }),
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(compiled, imports);
      const run = instance.exports.u as () => void;
      let constructed = false;
      construct = () => {
        if (constructed) return;
        constructed = true;
        run();
      };
      done({ exports: { ...instance.exports, u: construct } });
    },
  };
  glue(argument);
  construct();
  return new Machine(argument as unknown as EitherModule, new FFI(argument));
}
