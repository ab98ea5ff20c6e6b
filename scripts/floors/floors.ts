/**
 * The floor plan of the house as data: which room may import from which. `scripts/check-floors.ts` holds the code to it.
 * To open a door, add the room here and say in the commit why.
 */

/** Top-level rooms. A room may import from itself and from those named. */
export const FLOORS: Readonly<Record<string, readonly string[]>> = {
  'sim-core': [],
  grading: ['sim-core'],
  cli: ['grading', 'sim-core'],
  site: ['grading', 'sim-core'],
  // What stands outside the house and looks at all of it.
  scripts: ['cli', 'grading', 'lessons', 'sim-core', 'site'],
  tests: ['cli', 'grading', 'lessons', 'scripts', 'sim-core', 'site'],
  bench: ['cli', 'grading', 'scripts', 'sim-core', 'site', 'tests'],
  // Content: imports components, is imported by loaders alone.
  lessons: ['site'],
  exercises: [],
  solutions: [],
};

/** Content folders, and the only files that may import from them. */
export const CONTENT_LOADERS: Readonly<Record<string, readonly string[]>> = {
  lessons: ['astro.config.ts', 'site/content.config.ts', 'site/course-file.ts', 'site/course.ts'],
  exercises: ['grading/load.ts', 'site/exercises.ts'],
  solutions: [],
};

/** Rooms inside sim-core. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  engine: [],
  api: ['engine'],
  store: ['engine', 'api'],
  resources: ['engine', 'api'],
  apiserver: ['engine', 'api', 'store', 'resources'],
  client: ['engine', 'api', 'resources'],
  scheduler: ['engine', 'api', 'resources', 'client'],
  controllers: ['engine', 'api', 'resources', 'client'],
  // Learners' own controllers and plugins, in the place of those of the house.
  learner: ['engine', 'api', 'resources', 'client', 'controllers', 'scheduler'],
  // Images carry the tools that look at the network they run on (ip, ss, ping); the network knows images only by the contract of processes.
  images: ['engine', 'api', 'network'],
  network: ['engine', 'api', 'resources', 'client', 'images'],
  // Volumes are directories of the same file trees that containers have.
  storage: ['engine', 'api', 'resources', 'client', 'images'],
  node: ['engine', 'api', 'resources', 'client', 'images', 'network'],
  kubectl: ['engine', 'api', 'resources', 'client'],
  helm: ['engine', 'api', 'resources', 'client', 'kubectl'],
  // The learner's own computer: a shell like those in containers, with kubectl. It knows of the cluster's machines only how they are addressed.
  shell: ['engine', 'api', 'client', 'images', 'network', 'node', 'kubectl', 'cluster'],
  // What puts the cluster together: the room `cluster`, and files that lie directly in sim-core/.
  cluster: ['*'],
  '': ['*'],
  host: ['*'],
};

/** Doors for `import type` alone: a contract may be shared where code may not. */
export const TYPE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  client: ['apiserver'],
  apiserver: ['client'],
  // The CRI names what a network plugin is asked; controllers of a cloud have the shape of all controllers; the API server names what it
  // asks of kubelets.
  network: ['node', 'controllers'],
  // What kubelets ask of storage is said where kubelets are.
  storage: ['node'],
  node: ['apiserver'],
};

/**
 * Rooms that stand outside the engine, on the learner's side of the API: they may wait (promises, async, imports on first
 * use), since replay never runs them. All other rules hold for them too.
 */
export const OUTSIDE_ROOMS: ReadonlySet<string> = new Set(['kubectl', 'helm', 'shell']);

/** Names that no code of the mini-cluster outside `host/` may use, with what to use instead. */
export const BANNED_GLOBALS: Readonly<Record<string, string>> = {
  Date: "the engine's virtual clock",
  Intl: 'plain comparison and formatting of our own',
  performance: "the engine's virtual clock",
  crypto: "the engine's seeded random streams",
  Crypto: "the engine's seeded random streams",
  setTimeout: 'engine timers',
  setInterval: 'engine timers',
  setImmediate: 'engine timers',
  clearTimeout: 'engine timers',
  clearInterval: 'engine timers',
  queueMicrotask: 'engine events',
  requestAnimationFrame: 'engine events',
  Promise: 'engine events or coroutines',
  structuredClone: 'frozen objects, or a copy function of our own',
  TextEncoder: 'a UTF-8 function of our own',
  TextDecoder: 'a UTF-8 function of our own',
  btoa: 'a base64 function of our own',
  atob: 'a base64 function of our own',
  Buffer: 'Uint8Array',
  process: 'nothing: the core knows no host',
  require: 'import',
  fetch: 'the simulated network',
  URL: 'a parser of our own',
  URLSearchParams: 'a parser of our own',
  WebSocket: 'the simulated network',
  Worker: 'a host',
  window: 'nothing: the core knows no host',
  document: 'nothing: the core knows no host',
  navigator: 'nothing: the core knows no host',
  localStorage: 'nothing: the core knows no host',
  globalThis: 'nothing: the core knows no host',
  self: 'nothing: the core knows no host',
  console: 'the trace',
  WeakRef: 'nothing: the collector is not repeatable',
  FinalizationRegistry: 'nothing: the collector is not repeatable',
  SharedArrayBuffer: 'engine events',
  Atomics: 'engine events',
  eval: 'nothing',
  Function: 'a type with the call signature, or a closure',
};

/** Methods and properties whose answer depends on the host's language or libraries. */
export const BANNED_MEMBERS: Readonly<Record<string, string>> = {
  localeCompare: 'compare with < and >',
  toLocaleString: 'format by hand',
  toLocaleDateString: 'format by hand',
  toLocaleTimeString: 'format by hand',
  toLocaleLowerCase: 'toLowerCase',
  toLocaleUpperCase: 'toUpperCase',
};

/** Members of Math that every engine computes alike, to the last bit. All others are banned. */
export const EXACT_MATH: ReadonlySet<string> = new Set([
  'abs',
  'ceil',
  'clz32',
  'floor',
  'fround',
  'imul',
  'max',
  'min',
  'round',
  'sign',
  'sqrt',
  'trunc',
]);
