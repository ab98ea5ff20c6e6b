// Makes everything of the host that could make two runs differ throw when it is used.
(() => {
  const forbidden = (name) => () => {
    throw new Error(`${name} of the host was used`);
  };
  const g = globalThis;
  g.Date = new Proxy(forbidden('Date'), { construct: forbidden('Date'), get: forbidden('Date') });
  if (typeof g.Intl !== 'undefined') g.Intl = new Proxy({}, { get: forbidden('Intl') });
  for (const name of [
    'random',
    'sin',
    'cos',
    'tan',
    'asin',
    'acos',
    'atan',
    'atan2',
    'sinh',
    'cosh',
    'tanh',
    'asinh',
    'acosh',
    'atanh',
    'exp',
    'expm1',
    'log',
    'log2',
    'log10',
    'log1p',
    'pow',
    'cbrt',
    'hypot',
  ]) {
    Math[name] = forbidden(`Math.${name}`);
  }
  for (const name of [
    'setTimeout',
    'setInterval',
    'setImmediate',
    'queueMicrotask',
    'requestAnimationFrame',
    'fetch',
    'performance',
  ]) {
    if (name in g) Object.defineProperty(g, name, { value: forbidden(name), configurable: true, writable: true });
  }
  for (const [type, names] of [
    [String, ['localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase']],
    [Number, ['toLocaleString']],
    [Array, ['toLocaleString']],
  ]) {
    for (const name of names) type.prototype[name] = forbidden(`${type.name}.prototype.${name}`);
  }
})();
