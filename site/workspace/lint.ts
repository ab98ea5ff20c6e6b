import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { objectType, type TypeSchema, typeForKind, type ValueSchema } from '../../sim-core/api/schema/index.ts';
import type { Strings } from '../i18n/index.ts';

/** A problem in a manifest, at a place in its text, in the learner's language. */
export interface Problem {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

type Words = Strings['workspace']['lint'];
type KindWord = keyof Words['kinds'];

/** Deeper than any manifest goes, and far from what a stack bears. */
const DEPTH = 64;
const MOST = 50;

/** What is wrong with the manifests of a file: YAML that cannot be read, fields that no type has, values of another type. */
export function lintManifests(text: string, words: Words): Problem[] {
  const problems: Problem[] = [];
  const documents = parseAllDocuments(text, { lineCounter: new LineCounter(), uniqueKeys: false, prettyErrors: false });
  for (const document of Array.isArray(documents) ? documents : []) {
    for (const { pos, message } of document.errors) {
      problems.push({
        from: pos[0],
        to: Math.max(pos[1], pos[0] + 1),
        severity: 'error',
        message: words.syntax(message),
      });
    }
    if (document.errors.length === 0 && document.contents !== null) checkManifest(document.contents, words, problems);
    if (problems.length >= MOST) break;
  }
  return problems.slice(0, MOST);
}

function checkManifest(node: Node, words: Words, problems: Problem[]): void {
  if (!isMap(node)) {
    if (!isScalar(node) || node.value !== null) problems.push(at(node, words.noKind));
    return;
  }
  const apiVersion = textOf(node, 'apiVersion');
  const kind = textOf(node, 'kind');
  if (apiVersion === undefined || kind === undefined) {
    problems.push(at((node.items[0]?.key as Node | undefined) ?? node, words.noKind, 'warning'));
    return;
  }
  const slash = apiVersion.indexOf('/');
  const type = typeForKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
  if (type === undefined) {
    const key = node.items.find((pair) => keyOf(pair) === 'kind')?.value as Node;
    problems.push(at(key, words.unknownKind(`${apiVersion} ${kind}`), 'warning'));
    return;
  }
  checkObject(node, type, { words, problems, depth: 0 });
}

interface Context {
  readonly words: Words;
  readonly problems: Problem[];
  readonly depth: number;
}

function checkObject(map: YAMLMap, type: TypeSchema, context: Context): void {
  const { words, problems } = context;
  const seen = new Set<string>();
  for (const pair of map.items) {
    const name = keyOf(pair);
    const key = pair.key as Node;
    if (name === undefined) continue;
    if (seen.has(name)) problems.push(at(key, words.duplicate(name)));
    seen.add(name);
    const field = type.fields.get(name);
    if (field !== undefined) checkValue(name, pair.value as Node | null, field, context);
    else if (type.preserveUnknownFields !== true) problems.push(at(key, words.unknownField(name, type.shortName)));
  }
}

function checkValue(name: string, node: Node | null, schema: ValueSchema, outer: Context): void {
  const context = { ...outer, depth: outer.depth + 1 };
  // An alias stands for what was checked where it was written.
  if (node === null || isAlias(node) || context.depth > DEPTH) return;
  if (isScalar(node) && node.value === null) return;
  const found = kindOf(node);
  const wanted = wantedKind(schema);
  if (wanted === undefined) return;
  if (!wanted.includes(found)) {
    const { words, problems } = context;
    problems.push(at(node, words.wrongType(name, words.kinds[wanted[0]!], words.kinds[found])));
    return;
  }
  if (isMap(node) && schema.kind === 'object') checkObject(node, objectType(schema), context);
  else if (isMap(node) && schema.kind === 'map' && schema.element !== undefined) {
    for (const pair of node.items) checkValue(keyOf(pair) ?? name, pair.value as Node | null, schema.element, context);
  } else if (isSeq(node) && schema.element !== undefined) {
    for (const item of node.items) checkValue(name, item as Node, schema.element, context);
  }
}

/** What a value may be written as; undefined: anything. */
function wantedKind({ kind }: ValueSchema): readonly KindWord[] | undefined {
  switch (kind) {
    case 'string':
    case 'bytes':
    case 'time':
    case 'microTime':
      return ['string'];
    case 'integer':
    case 'number':
      return ['number'];
    case 'boolean':
      return ['boolean'];
    case 'quantity':
    case 'intOrString':
      return ['string', 'number'];
    case 'object':
    case 'map':
      return ['map'];
    case 'list':
      return ['list'];
    default:
      return undefined;
  }
}

function kindOf(node: Node): KindWord {
  if (isMap(node)) return 'map';
  if (isSeq(node)) return 'list';
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return value === null || value === undefined ? 'empty' : 'string';
}

function keyOf({ key }: Pair): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function textOf(map: YAMLMap, name: string): string | undefined {
  const value = map.get(name);
  return typeof value === 'string' ? value : undefined;
}

function at(node: Node, message: string, severity: Problem['severity'] = 'error'): Problem {
  const [from = 0, to = from + 1] = node.range ?? [];
  return { from, to: Math.max(to, from + 1), severity, message };
}
