import { formatNumber } from '../yaml.ts';

/** Go's template truth: false, 0, nil, and whatever is empty are false. */
export function truth(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Go's %v; of what is nothing, a template's `<no value>`. */
export function goValue(value: unknown, top = true): string {
  if (value === null || value === undefined) return top ? '<no value>' : '<nil>';
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return `[${value.map((item) => goValue(item, false)).join(' ')}]`;
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>;
    const keys = Object.keys(record)
      .filter((key) => record[key] !== undefined)
      .sort();
    return `map[${keys.map((key) => `${key}:${goValue(record[key], false)}`).join(' ')}]`;
  }
  return String(value);
}

/** The type that a value read from JSON has in Go. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

function verbText(verb: string, value: unknown, precision: number | undefined): string | undefined {
  if (verb === 'T') return typeName(value);
  if (verb === 'v') return goValue(value, false);
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => verbText(verb, item, precision) ?? wrong(verb, item));
    return `[${items.join(' ')}]`;
  }
  switch (typeof value) {
    case 'string':
      if (verb === 's') return precision === undefined ? value : [...value].slice(0, precision).join('');
      return verb === 'q' ? JSON.stringify(value) : undefined;
    case 'boolean':
      return verb === 't' ? String(value) : undefined;
    case 'number': {
      if (verb === 'f' && !Number.isInteger(value)) return value.toFixed(precision ?? 6);
      if (verb === 'g' && !Number.isInteger(value)) return formatNumber(value);
      const base = { d: 10, x: 16, X: 16, o: 8, b: 2 }[verb];
      if (base === undefined || !Number.isInteger(value)) return undefined;
      const text = value.toString(base);
      return verb === 'X' ? text.toUpperCase() : text;
    }
    default:
      return verb === 's' ? goValue(value, false) : undefined;
  }
}

function wrong(verb: string, value: unknown): string {
  const type = typeName(value);
  return `%!${verb}(${type === '<nil>' ? type : `${type}=${goValue(value, false)}`})`;
}

/** fmt.Sprintf with the verbs that JSON values need. */
export function sprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const out = format.replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const value = args[next++];
      const text = verbText(verb, value, precision === undefined ? undefined : Number(precision)) ?? wrong(verb, value);
      const size = Math.min(Number(width), 10_000);
      if (flags.includes('-')) return text.padEnd(size);
      return text.padStart(size, flags.includes('0') && typeof value === 'number' ? '0' : ' ');
    },
  );
  if (next >= args.length) return out;
  const extra = args.slice(next).map((arg) => `${typeName(arg)}=${goValue(arg, false)}`);
  return `${out}%!(EXTRA ${extra.join(', ')})`;
}
