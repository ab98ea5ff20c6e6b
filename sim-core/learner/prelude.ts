/**
 * The module `jotasu` as the machine runs it: what a learner's component is given, on top of the one function of the host. It is text,
 * not a function of ours, so that it is the same to the last step in the page, in Node and when grading, whatever bundlers do. It is
 * JavaScript without types; its types, for learners, are in `jotasu.d.ts`.
 *
 * The first part takes away what would not be repeatable (clock, chance, the collector) and what would compute for long without being
 * counted (native loops over huge arrays and strings).
 */
export const prelude = `
const call = globalThis.__host;
delete globalThis.__host;
const { parse, stringify } = JSON;
const { freeze, keys, defineProperty, isFrozen } = Object;
const apply = Reflect.apply;
const isArray = Array.isArray;
const ask = (operation, argument) => {
  const answer = parse(call(operation, stringify(argument) ?? 'null'));
  if (answer.error !== undefined) throw new ApiError(answer.error);
  return answer.value;
};

for (const name of ['WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'print', 'gc']) delete globalThis[name];
defineProperty(Math, 'random', { value: () => ask('random') });

const NativeDate = Date;
const zoned = (text) => (/[T ]\\d\\d:\\d\\d/.test(text) && !/(Z|[+-]\\d\\d:?\\d\\d|GMT|UTC)$/.test(text) ? text + 'Z' : text);
const nativeParse = NativeDate.parse;
const now = () => ask('now');
function VirtualDate(...parts) {
  if (new.target === undefined) return new VirtualDate().toISOString();
  if (parts.length === 0) return Reflect.construct(NativeDate, [now()], new.target);
  if (parts.length > 1) return Reflect.construct(NativeDate, [NativeDate.UTC(...parts)], new.target);
  const [part] = parts;
  return Reflect.construct(NativeDate, [typeof part === 'string' ? nativeParse(zoned(part)) : Number(part)], new.target);
}
VirtualDate.prototype = NativeDate.prototype;
VirtualDate.now = now;
VirtualDate.UTC = NativeDate.UTC;
VirtualDate.parse = (text) => nativeParse(zoned(String(text)));
defineProperty(NativeDate.prototype, 'constructor', { value: VirtualDate });
for (const unit of ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds', 'Day']) {
  NativeDate.prototype['get' + unit] = NativeDate.prototype['getUTC' + unit];
  if (unit !== 'Day') NativeDate.prototype['set' + unit] = NativeDate.prototype['setUTC' + unit];
}
NativeDate.prototype.getTimezoneOffset = () => 0;
for (const name of ['toString', 'toDateString', 'toTimeString', 'toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
  NativeDate.prototype[name] = function () { return this.toISOString(); };
globalThis.Date = VirtualDate;

const LONG = 1 << 20;
const PRODUCT = 1 << 26;
const guardArray = (prototype, name) => {
  const native = prototype[name];
  if (typeof native !== 'function') return;
  defineProperty(prototype, name, {
    writable: true,
    configurable: true,
    value: { [name](...parts) {
      if (this != null && this.length > LONG) throw new RangeError('arrays of more than ' + LONG + ' items are not worked on here');
      return apply(native, this, parts);
    } }[name],
  });
};
for (const name of ['at', 'concat', 'copyWithin', 'every', 'fill', 'filter', 'find', 'findIndex', 'findLast', 'findLastIndex', 'flat', 'flatMap',
  'forEach', 'includes', 'indexOf', 'join', 'lastIndexOf', 'map', 'reduce', 'reduceRight', 'reverse', 'shift', 'slice', 'some', 'sort',
  'splice', 'toReversed', 'toSorted', 'toSpliced', 'toString', 'toLocaleString', 'unshift', 'with']) guardArray(Array.prototype, name);
const nativeFrom = Array.from;
Array.from = (items, ...rest) => {
  if (items != null && items.length > LONG) throw new RangeError('arrays of more than ' + LONG + ' items are not worked on here');
  return apply(nativeFrom, Array, [items, ...rest]);
};
for (const name of ['indexOf', 'lastIndexOf', 'includes', 'split', 'replace', 'replaceAll']) {
  const native = String.prototype[name];
  defineProperty(String.prototype, name, {
    writable: true,
    configurable: true,
    value: { [name](...parts) {
      const part = parts[0];
      if (typeof part === 'string' && this != null && this.length * part.length > PRODUCT) throw new RangeError('the texts are too long');
      return apply(native, this, parts);
    } }[name],
  });
}
JSON.parse = (text, reviver) => {
  const source = String(text);
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < source.length; index++) {
    const code = source[index];
    if (quoted) {
      if (code === '\\\\') index++;
      else if (code === '"') quoted = false;
    } else if (code === '"') quoted = true;
    else if (code === '{' || code === '[') {
      if (++depth > 200) throw new SyntaxError('JSON nested more than 200 deep');
    } else if (code === '}' || code === ']') depth--;
  }
  return parse(source, reviver);
};

const deepFreeze = (value) => {
  if (typeof value !== 'object' || value === null || isFrozen(value)) return value;
  freeze(value);
  for (const key of keys(value)) deepFreeze(value[key]);
  return value;
};

/** What the API server refused. */
export class ApiError extends Error {
  constructor({ message, reason, code }) {
    super(message);
    this.name = 'ApiError';
    this.reason = reason;
    this.code = code;
  }
}
const reasoned = (reason) => (error) => error instanceof ApiError && error.reason === reason;
export const isNotFound = reasoned('NotFound');
export const isAlreadyExists = reasoned('AlreadyExists');
export const isConflict = reasoned('Conflict');

const pick = (options = {}) => {
  const { namespace, labelSelector, fieldSelector, propagationPolicy, gracePeriodSeconds, uid, resourceVersion } = options;
  return { namespace, labelSelector, fieldSelector, propagationPolicy, gracePeriodSeconds, uid, resourceVersion };
};
const client = freeze({
  get: (resource, namespace, name) => deepFreeze(ask('get', { resource, namespace, name })),
  list: (resource, options) => deepFreeze(ask('list', { resource, options: pick(options) })),
  create: (resource, object) => deepFreeze(ask('create', { resource, object })),
  update: (resource, object) => deepFreeze(ask('update', { resource, object })),
  updateStatus: (resource, object) => deepFreeze(ask('update', { resource, object, subresource: 'status' })),
  patch: (resource, namespace, name, type, patch, subresource) =>
    deepFreeze(ask('patch', { resource, namespace, name, type, patch, subresource })),
  delete: (resource, namespace, name, options) => void ask('delete', { resource, namespace, name, options: pick(options) }),
  bind: (pod, nodeName) => void ask('bind', { namespace: pod.metadata.namespace, name: pod.metadata.name, nodeName }),
  evict: (pod) => void ask('evict', { namespace: pod.metadata.namespace, name: pod.metadata.name }),
});

const keyOf = (object) =>
  object.metadata.namespace === undefined ? object.metadata.name : object.metadata.namespace + '/' + object.metadata.name;
const split = (key) => {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: undefined, name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
};

const informers = [];
const queues = [];
const timers = [];
const informerOf = new Map();

function informerFor(resource) {
  const known = informerOf.get(resource);
  if (known !== undefined) return known;
  const objects = new Map();
  const handlers = [];
  const informer = freeze({
    get: (namespace, name) => objects.get(namespace === undefined ? name : namespace + '/' + name),
    getByKey: (key) => objects.get(key),
    list: (wanted) => {
      const all = [...objects.values()];
      return wanted === undefined ? all : all.filter(wanted);
    },
    addHandler: (handler) => void handlers.push(handler),
  });
  informerOf.set(resource, informer);
  const id = informers.push({ objects, handlers }) - 1;
  ask('informer', { id, resource });
  return informer;
}

function queueOf(reconcile) {
  const id = queues.push(reconcile) - 1;
  ask('queue', { id });
  return freeze({
    add: (key) => void ask('add', { id, key: String(key), delay: 0 }),
    addAfter: (key, seconds) => void ask('add', { id, key: String(key), delay: Number(seconds) }),
    addObject: (object) => void ask('add', { id, key: keyOf(object), delay: 0 }),
  });
}

const timer = (operation, seconds, run) => void ask(operation, { id: timers.push(run) - 1, seconds: Number(seconds) });
const text = (value) => {
  if (typeof value === 'string') return value;
  try {
    return stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
};
const log = (...parts) => void ask('log', { message: parts.map(text).join(' ').slice(0, 2000) });
globalThis.console = freeze({ log, info: log, warn: log, error: log, debug: log });

const context = freeze({
  client,
  informers: freeze({ for: informerFor }),
  events: freeze({
    normal: (object, reason, message) => void ask('event', { type: 'Normal', object, reason, message }),
    warning: (object, reason, message) => void ask('event', { type: 'Warning', object, reason, message }),
  }),
  queue: queueOf,
  later: (seconds, run) => timer('later', seconds, run),
  every: (seconds, run) => timer('every', seconds, run),
  log,
  now: () => new VirtualDate().toISOString().replace(/\\.\\d+Z$/, 'Z'),
  splitKey: split,
  keyOf,
});

export const controllerRef = (owner, apiVersion, kind) =>
  ({ apiVersion, kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true, blockOwnerDeletion: true });
export const controllerOf = (object) => object.metadata.ownerReferences?.find((owner) => owner.controller === true);
export const matches = (selector, labels = {}) => {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return keys(matchLabels).every((key) => labels[key] === matchLabels[key]) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const has = Object.hasOwn(labels, key);
      if (operator === 'In') return has && values.includes(labels[key]);
      if (operator === 'NotIn') return !has || !values.includes(labels[key]);
      return operator === 'Exists' ? has : operator === 'DoesNotExist' && !has;
    });
};

let component;
/** Takes the learner's default export. */
export function boot(exports) {
  component = exports.default;
}

const waiting = [];
/** Runs a learner's function; what becomes of a promise is told once the machine's jobs have run. */
const run = (operation, what, self, parts) => {
  const answer = apply(what, self, parts);
  if (answer === null || typeof answer !== 'object' || typeof answer.then !== 'function') return answer;
  const entry = { settled: false };
  waiting.push(entry);
  answer.then(
    () => { entry.settled = true; },
    (error) => { entry.settled = true; entry.error = describe(error); },
  );
  return undefined;
};
const describe = (error) => {
  try {
    // So the machine throws when it has no memory left for an error.
    if (error === null) return { error: 'InternalError', message: 'out of memory', stack: '' };
    if (typeof error !== 'object') return { error: 'Error', message: String(error), stack: '' };
    const { reason, code } = error instanceof ApiError ? error : {};
    return { error: String(error.name), message: String(error.message).slice(0, 500), stack: String(error.stack).slice(0, 4000), reason, code };
  } catch {
    return { error: 'Error', message: 'an error that cannot be read', stack: '' };
  }
};
const isFunction = (value) => typeof value === 'function';

const nodes = new Map();
const podCache = new Map();
const nodeInfo = ({ name, generation, info }) => {
  if (info !== undefined) nodes.set(name, { generation, info: deepFreeze(info) });
  return nodes.get(name).info;
};
const podOf = ({ uid, pod }) => {
  if (pod !== undefined) {
    podCache.clear();
    podCache.set(uid, deepFreeze(pod));
  }
  return podCache.get(uid);
};

const operations = {
  describe: () => {
    if (component === null || (typeof component !== 'object' && !isFunction(component))) return {};
    const has = (name) => isFunction(component[name]);
    return {
      setUp: has('setUp') || isFunction(component),
      preFilter: has('preFilter'),
      filter: has('filter'),
      score: has('score'),
      normalize: has('normalize'),
      weight: Number.isInteger(component.weight) ? component.weight : undefined,
    };
  },
  setUp: () => void (isFunction(component) ? run('setUp', component, undefined, [context]) : run('setUp', component.setUp, component, [context])),
  reconcile: ({ id, key }) => {
    const answer = run('reconcile', queues[id], undefined, [key]);
    return typeof answer === 'number' ? answer : undefined;
  },
  timer: ({ id }) => void run('timer', timers[id], undefined, []),
  change: ({ id, kind, key, object }) => {
    const { objects, handlers } = informers[id];
    const old = objects.get(key);
    if (kind === 'deleted') objects.delete(key);
    else objects.set(key, deepFreeze(object));
    const failures = [];
    for (const handler of handlers) {
      try {
        if (isFunction(handler[kind])) run(kind, handler[kind], handler, kind === 'updated' ? [object, old] : [kind === 'deleted' ? deepFreeze(object) : object]);
      } catch (error) {
        failures.push(describe(error));
      }
    }
    return failures;
  },
  preFilter: ({ pod }) => run('preFilter', component.preFilter, component, [podOf(pod)]),
  filter: ({ pod, node }) => run('filter', component.filter, component, [podOf(pod), nodeInfo(node)]),
  score: ({ pod, node }) => run('score', component.score, component, [podOf(pod), nodeInfo(node)]),
  normalize: ({ pod, scores }) => run('normalize', component.normalize, component, [podOf(pod), scores]) ?? scores,
  settle: () => waiting.splice(0).map((entry) => (entry.settled ? entry.error : { pending: true })).filter(Boolean),
};

/** Called by the host. */
export function dispatch(operation, argument) {
  try {
    return stringify({ value: operations[operation](parse(argument)) });
  } catch (error) {
    return stringify({ failure: describe(error) });
  }
}
`;
