import { encodeUtf8 } from '../../api/utf8.ts';
import { KubectlError } from '../errors.ts';
import { goValue, typeName } from './go-template/values.ts';
import { compactJson, stringifyJson } from './json.ts';
import { MAX_DEPTH, type Node, Parser } from './jsonpath/parser.ts';
import { formatNumber } from './yaml.ts';

/** One value of an object by its own key; never a prototype's. */
function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...encodeUtf8(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value)
    .sort()
    .map((key) => (value as Record<string, unknown>)[key])
    .filter((item) => item !== undefined);
}

/** Whatever has something in it, and strings are such: upstream takes them apart too. */
function descend(value: unknown, found: unknown[], depth: number): void {
  if (depth > 200 || value === '') return;
  if (typeof value === 'string') {
    found.push(value);
    return;
  }
  const items = children(value);
  if (items.length === 0) return;
  found.push(value);
  for (const item of items) descend(item, found, depth + 1);
}

function outOfBounds(index: number, length: number): KubectlError {
  return new KubectlError(`array index out of bounds: index ${index}, length ${length}`);
}

/** Go's %v of a number, string or boolean; structures as JSON. */
export function printValue(value: unknown): string {
  if (value === null) return '<nil>';
  if (value === undefined) return '';
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'object' ? compactJson(value) : String(value);
}

/** kubectl's JSONPath template dialect (k8s.io/client-go/util/jsonpath): text outside braces, ranges, filters, unions. */
export class JsonPath {
  readonly template: string;
  readonly #nodes: Node[];
  readonly allowMissing: boolean;
  /** jsonpath-as-json: each result set as an indented JSON list. */
  readonly asJson: boolean;

  constructor(template: string, options: { allowMissing?: boolean; asJson?: boolean } = {}) {
    this.template = template;
    this.allowMissing = options.allowMissing ?? false;
    this.asJson = options.asJson ?? false;
    this.#nodes = new Parser(template).template();
  }

  /** The results of the first expression that is not text (FindResults()[0] for columns and sorting). */
  results(object: unknown): unknown[][] {
    const sets: unknown[][] = [];
    this.#run(this.#nodes, object, (set) => sets.push(set));
    return sets;
  }

  /** Prints the template for an object (JSONPath.Execute). */
  execute(object: unknown): string {
    let out = '';
    this.#run(this.#nodes, object, (set) => {
      out += this.asJson ? stringifyJson(set) : set.map(printValue).join(' ');
    });
    return out;
  }

  #run(nodes: readonly Node[], object: unknown, emit: (set: unknown[]) => void, depth = 0): void {
    if (depth > MAX_DEPTH) throw new KubectlError('jsonpath is nested too deeply');
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      if (node.kind === 'text') {
        emit([node.text]);
        continue;
      }
      const [first] = node.kind === 'list' ? node.nodes : [];
      if (first?.kind === 'identifier' && first.name === 'range') {
        const end = this.#matchingEnd(nodes, i + 1);
        const items = this.#evaluate((node as { nodes: Node[] }).nodes.slice(1), [object]);
        for (const item of items) this.#run(nodes.slice(i + 1, end), item, emit, depth + 1);
        // Without an end the rest is the body, and then goes on once more for what is around the range, as upstream.
        i = end ?? i;
        continue;
      }
      if (first?.kind === 'identifier' && first.name === 'end') throw new KubectlError('not in range, nothing to end');
      const set = this.#evaluate(node.kind === 'list' ? node.nodes : [node], [object]);
      emit(set);
    }
  }

  #matchingEnd(nodes: readonly Node[], from: number): number | undefined {
    let depth = 1;
    for (let i = from; i < nodes.length; i++) {
      const node = nodes[i]!;
      const first = node.kind === 'list' ? node.nodes[0] : undefined;
      if (first?.kind !== 'identifier') continue;
      if (first.name === 'range') depth++;
      if (first.name === 'end' && --depth === 0) return i;
    }
    return undefined;
  }

  #evaluate(nodes: readonly Node[], start: unknown[]): unknown[] {
    let current = start;
    for (const node of nodes) current = this.#step(node, current);
    return current;
  }

  #step(node: Node, input: unknown[]): unknown[] {
    switch (node.kind) {
      case 'text':
        return [node.text];
      case 'value':
        return [node.value];
      case 'list':
        return this.#evaluate(node.nodes, input);
      case 'identifier':
        throw new KubectlError(`unrecognized identifier ${node.name}`);
      case 'field':
        return this.#field(node.name, input);
      case 'wildcard':
        return input.flatMap(children);
      case 'recursive': {
        const found: unknown[] = [];
        for (const value of input) descend(value, found, 0);
        return found;
      }
      case 'union':
        return node.members.flatMap((member) => this.#evaluate(member, input));
      case 'array':
        return input.flatMap((value) => this.#slice(node, value));
      case 'filter':
        return input.flatMap((value) => {
          if (value === null || value === undefined) return [];
          if (!Array.isArray(value))
            throw new KubectlError(`${goValue(value)} is not array or slice and cannot be filtered`);
          return value.filter((item) => this.#test(node, item));
        });
    }
  }

  #field(name: string, input: unknown[]): unknown[] {
    if (input.length === 0) return [];
    const found: unknown[] = [];
    for (const value of input) {
      const item = own(value, name);
      if (item !== undefined) found.push(item);
    }
    if (found.length === 0 && !this.allowMissing) throw new KubectlError(`${name} is not found`);
    return found;
  }

  #slice(node: Node & { kind: 'array' }, value: unknown): unknown[] {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) throw new KubectlError(`${typeName(value)} is not array or slice`);
    const length = value.length;
    let start = node.startKnown ? node.start : 0;
    let end = node.endKnown ? node.end : length;
    if (node.endKnown && (end < 0 || (end === 0 && node.derived))) end += length;
    if (start < 0) start += length;
    if (start === end || (node.startKnown && node.endKnown && start > end && !node.derived && end < 0)) return [];
    if (start >= length || start < 0) throw outOfBounds(start, length);
    if (end > length || end < 0) throw outOfBounds(end - 1, length);
    if (start > end) throw new KubectlError(`starting index ${start} is greater than ending index ${end}`);
    const step = node.stepKnown ? node.step : 1;
    if (step <= 0) throw new KubectlError('step must be > 0');
    return value.slice(start, end).filter((_, index) => index % step === 0);
  }

  #test(node: Node & { kind: 'filter' }, item: unknown): boolean {
    let left: unknown[];
    let right: unknown[];
    try {
      left = this.#evaluate(node.left, [item]);
      if (node.operator === 'exists') return left.length > 0;
      right = this.#evaluate(node.right, [item]);
    } catch (error) {
      if (error instanceof KubectlError && error.message.endsWith(' is not found')) return false;
      throw error;
    }
    if (left.length === 0 || right.length === 0) return false;
    if (left.length > 1) throw new KubectlError('can only compare one element at a time');
    if (right.length > 1) throw new KubectlError('can only compare one element at a time');
    return compare(left[0], right[0], node.operator);
  }
}

function compare(left: unknown, right: unknown, operator: string): boolean {
  const simple = (value: unknown) => value !== null && typeof value !== 'object';
  if (!simple(left) || !simple(right)) throw new KubectlError('invalid type for comparison');
  if (typeof left !== typeof right) throw new KubectlError('incompatible types for comparison');
  const [x, y] = [left as string, right as string];
  switch (operator) {
    case '==':
      return x === y;
    case '!=':
      return x !== y;
    case '<':
    case '>':
    case '<=':
    case '>=':
      if (typeof left === 'boolean') throw new KubectlError('invalid type for comparison');
      if (x === y) return operator.length === 2;
      return x < y === operator.startsWith('<');
    default:
      throw new KubectlError(`unrecognized filter operator ${operator}`);
  }
}

/** Go's %#v of JSON data, as kubectl dumps the object a template failed on. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value).replace(/\x7f/g, '\\x7f');
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value !== 'object') return String(value);
  const record = value as Record<string, unknown>;
  const items = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(record[key])}`);
  return `map[string]interface {}{${items.join(', ')}}`;
}

/** Reads the short forms of a field path: `metadata.name`, `.metadata.name`, `{.metadata.name}` (RelaxedJSONPathExpression). */
export function relaxedPath(text: string): string {
  if (text === '') return '';
  const match = /^\{\.?([^{}]+)\}$/.exec(text) ?? /^\.?([^{}]+)$/.exec(text);
  if (match === null)
    throw new KubectlError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  return `{.${match[1]}}`;
}
