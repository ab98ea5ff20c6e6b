import { javascript } from '@codemirror/lang-javascript';
import type { Extension } from '@codemirror/state';
import declarations from '../../sim-core/learner/jotasu.d.ts?raw';

/** Something that the module 'jotasu' has: what it exports, or a member of that. */
export interface LearnerName {
  readonly name: string;
  /** The interface that it is a member of; empty for what is exported. */
  readonly owner: string;
  /** As it is declared: `get(resource: string, …): KubeObject`. */
  readonly signature: string;
  /** Its doc comment, in English. */
  readonly doc: string;
}

/** The language of a learner's component. */
export const typescript = (): Extension => javascript({ typescript: true });

/** Reads declarations: one statement after the other, with the comment before it. */
export function readDeclarations(text: string): LearnerName[] {
  const found: LearnerName[] = [];
  const scopes: string[] = [];
  let doc = '';
  let statement = '';
  const body = text.slice(text.indexOf('{', text.indexOf("declare module 'jotasu'")) + 1);
  for (const part of body.match(/[ \t]*\/\*\*[\s\S]*?\*\/|[^\n]+/g) ?? []) {
    if (part.trimStart().startsWith('/**')) {
      doc = part
        .trim()
        .replace(/^\/\*\*|\*\/$/g, '')
        .replace(/\s*\n\s*\*\s?/g, ' ')
        .trim();
      continue;
    }
    const line = part.trim();
    if (line === '' || line.startsWith('//') || line.startsWith('/*')) continue;
    statement += `${statement === '' ? '' : ' '}${line}`;
    if (statement.startsWith('}')) {
      scopes.pop();
      statement = '';
      continue;
    }
    const open = (statement.match(/\(/g) ?? []).length > (statement.match(/\)/g) ?? []).length;
    if (open || !/[;{}]$/.test(statement)) continue;
    const match = /^(?:export )?(?:(interface|class|function|type) )?(?:readonly )?([A-Za-z]\w*)/.exec(statement);
    if (match !== null) {
      const signature = statement
        .replace(/^export /, '')
        .replace(/\breadonly (?=\w+\??:)/g, '')
        .replace(/\s*[;{]$/, '');
      found.push({ name: match[2]!, owner: scopes.at(-1) ?? '', signature, doc });
    }
    if (statement.endsWith('{')) scopes.push(match?.[2] ?? '');
    doc = '';
    statement = '';
  }
  return found;
}

export const learnerNames: readonly LearnerName[] = readDeclarations(declarations);

/** What a variable of a usual name is. */
const USUAL: Readonly<Record<string, string>> = {
  context: 'ControllerContext',
  queue: 'WorkQueue',
  informer: 'Informer',
};

/** The interface that a property or a variable of that name has, as far as its name tells. */
function typeOf(name: string): string | undefined {
  if (learnerNames.some(({ owner }) => owner === name)) return name;
  if (Object.hasOwn(USUAL, name)) return USUAL[name];
  const declared = learnerNames.find((entry) => entry.owner !== '' && entry.name === name)?.signature;
  const type = /^\w+\??: (\w+)/.exec(declared ?? '')?.[1];
  return learnerNames.some(({ owner }) => owner === type) ? type : undefined;
}

/** What may stand at a place: members after a dot, else what the module exports and what a component may have. */
export function learnerSuggestions(
  text: string,
  position: number,
): { readonly from: number; readonly options: readonly LearnerName[] } | undefined {
  const before = /(?:([A-Za-z_$][\w$]*)(?:\([^()]*\))?\s*\??(\.)\s*)?([A-Za-z_$][\w$]*)?$/.exec(
    text.slice(0, position),
  );
  const [, object, dot, word = ''] = before ?? [];
  const from = position - word.length;
  if (dot !== undefined) {
    const type = typeOf(object ?? '');
    const members = learnerNames.filter(({ owner }) => owner !== '' && (type === undefined || owner === type));
    return { from, options: members };
  }
  const parts = ['SchedulerPlugin', 'EventHandler'];
  return { from, options: learnerNames.filter(({ owner }) => owner === '' || parts.includes(owner)) };
}

/** The names under a place of the text. */
export function explainLearnerName(
  text: string,
  position: number,
): { readonly from: number; readonly to: number; readonly names: readonly LearnerName[] } | undefined {
  let [from, to] = [position, position];
  while (from > 0 && /[\w$]/.test(text[from - 1]!)) from--;
  while (to < text.length && /[\w$]/.test(text[to]!)) to++;
  const word = text.slice(from, to);
  const object = /([A-Za-z_$][\w$]*)\s*\??\.\s*$/.exec(text.slice(0, from))?.[1];
  const type = object === undefined ? undefined : typeOf(object);
  const names = learnerNames.filter(({ name, owner }) => name === word && (type === undefined || owner === type));
  return word === '' || names.length === 0 ? undefined : { from, to, names };
}
