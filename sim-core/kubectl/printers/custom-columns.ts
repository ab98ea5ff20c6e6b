import { KubectlError } from '../errors.ts';
import { JsonPath, printValue, relaxedPath } from './jsonpath.ts';

interface Column {
  header: string;
  path: JsonPath;
}

/** `-o custom-columns=NAME:.metadata.name,…`; items of a list are rows. Lines carry tabs for the tabwriter. */
export class CustomColumns {
  readonly #columns: Column[];
  readonly #noHeaders: boolean;
  #printedHeaders = false;

  constructor(columns: Column[], noHeaders: boolean) {
    this.#columns = columns;
    this.#noHeaders = noHeaders;
  }

  static fromSpec(spec: string, noHeaders: boolean): CustomColumns {
    if (spec === '') throw new KubectlError('custom-columns format specified but no custom columns given');
    const columns = spec.split(',').map((part) => {
      const colon = part.indexOf(':');
      if (colon < 0)
        throw new KubectlError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
      return column(part.slice(0, colon), part.slice(colon + 1));
    });
    return new CustomColumns(columns, noHeaders);
  }

  /** Two lines: headers, then paths. */
  static fromTemplate(text: string, noHeaders: boolean): CustomColumns {
    const [headers = '', paths] = text.split('\n');
    if (paths === undefined || paths === '')
      throw new KubectlError(
        'invalid template, missing spec line. Expected format is one line of space separated headers, one line of space separated column specs.',
      );
    const names = headers.trim().split(/\s+/);
    const specs = paths.trim().split(/\s+/);
    if (names.length !== specs.length)
      throw new KubectlError(
        `number of headers (${names.length}) and field specifications (${specs.length}) don't match`,
      );
    return new CustomColumns(
      names.map((name, index) => column(name, specs[index]!)),
      noHeaders,
    );
  }

  print(object: unknown): string {
    let out = '';
    if (!this.#noHeaders && !this.#printedHeaders) out += `${this.#columns.map(({ header }) => header).join('\t')}\n`;
    this.#printedHeaders = true;
    const { kind, items } = object as { kind?: string; items?: unknown };
    const rows = kind?.endsWith('List') === true && Array.isArray(items) ? (items as unknown[]) : [object];
    for (const row of rows) out += `${this.#columns.map(({ path }) => cell(path, row)).join('\t')}\n`;
    return out;
  }
}

function column(header: string, spec: string): Column {
  return { header, path: new JsonPath(relaxedPath(spec), { allowMissing: true }) };
}

function cell(path: JsonPath, object: unknown): string {
  const [values] = path.results(object);
  if (values === undefined || values.length === 0) return '<none>';
  return values
    .map((value) => (typeof value === 'object' && value !== null ? goMap(value) : printValue(value)))
    .join(',');
}

/** Go's %v of maps and slices, which columns show where a path ends at a structure. */
function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`;
  if (typeof value === 'object' && value !== null)
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${goMap((value as Record<string, unknown>)[key])}`)
      .join(' ')}]`;
  return printValue(value);
}
