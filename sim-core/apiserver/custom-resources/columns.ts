import { ageOf } from '../../api/duration.ts';
import { isObject } from '../../api/equality.ts';
import type { AnyObject } from '../../api/objects.ts';
import type { Micros } from '../../engine/index.ts';
import type { Cell, Column } from '../../resources/resource.ts';

/** A printer column of a CustomResourceDefinition's version. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

const NAME: Column<AnyObject> = {
  name: 'Name',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
  value: ({ metadata }) => metadata.name,
};

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
};

/** What `kubectl get` shows of a custom resource (tableconvertor.New): its name, and the columns of its version, or its age. */
export function columnsOf(columns: readonly PrinterColumn[] | undefined): Column<AnyObject>[] {
  const own = columns === undefined || columns.length === 0 ? [AGE] : columns;
  return [
    NAME,
    ...own.map(({ name, type, jsonPath, format, description, priority }): Column<AnyObject> => {
      const path = parsePath(jsonPath);
      return {
        name,
        type: type as Column<AnyObject>['type'],
        format,
        description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
        priority,
        value: (object, now) => cellOf(find(object, path), type, now),
      };
    }),
  ];
}

/** cellForJSONValue, and the printing of text columns. */
function cellOf(value: unknown, type: string, now: Micros): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, now) : null;
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'filter'; readonly path: readonly Step[]; readonly operator: string; readonly value: unknown };

/** A simple JSON path: fields, quoted fields, indexes, `[*]`, and filters that compare one field with a constant. Others find nothing. */
export function parsePath(text: string): readonly Step[] {
  const steps: Step[] = [];
  const pattern =
    /\.((?:\\.|[^.[\]\\])+)|\[(-?\d+)\]|\[\*\]|\.\*|\['((?:\\.|[^'\\])*)'\]|\["((?:\\.|[^"\\])*)"\]|\[\?\(([^)]*)\)\]/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) return [{ kind: 'index', index: Number.MAX_SAFE_INTEGER }];
    const [whole, field, index, single, double, filter] = match;
    const name = field ?? single ?? double;
    if (whole === '[*]' || whole === '.*') steps.push({ kind: 'all' });
    else if (name !== undefined) steps.push({ kind: 'field', name: name.replace(/\\(.)/g, '$1') });
    else if (index !== undefined) steps.push({ kind: 'index', index: Number(index) });
    else if (filter !== undefined) {
      const [, path = '', operator = '==', constant = ''] =
        /^\s*@(\S*?)\s*(==|!=|>=|<=|>|<)\s*(.*?)\s*$/.exec(filter) ?? [];
      steps.push({ kind: 'filter', path: parsePath(path), operator, value: constantOf(constant) });
    }
  }
  return steps;
}

function constantOf(text: string): unknown {
  const quoted = /^(['"])(.*)\1$/.exec(text);
  if (quoted !== null) return quoted[2];
  if (text === 'true' || text === 'false') return text === 'true';
  return text === '' ? undefined : Number(text);
}

/** The first value that a path finds. */
export function find(value: unknown, path: readonly Step[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  switch (step.kind) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name) ? find(value[step.name], rest) : undefined;
    case 'index':
      return Array.isArray(value) ? find(value.at(step.index), rest) : undefined;
    default: {
      const items = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
      for (const item of items) {
        if (step.kind === 'filter' && !compare(find(item, step.path), step.operator, step.value)) continue;
        const found = find(item, rest);
        if (found !== undefined) return found;
      }
      return undefined;
    }
  }
}

function compare(found: unknown, operator: string, value: unknown): boolean {
  switch (operator) {
    case '==':
      return found === value;
    case '!=':
      return found !== value;
    case '>':
      return (found as number) > (value as number);
    case '<':
      return (found as number) < (value as number);
    case '>=':
      return (found as number) >= (value as number);
    default:
      return (found as number) <= (value as number);
  }
}
