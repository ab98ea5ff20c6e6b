import {
  type Assignment,
  type HereDocBody,
  type ParameterExpansionPart,
  type ParsedScript,
  parse,
  type Word,
  type WordPart,
} from 'unbash';
import type { Coroutine } from '../../engine/index.ts';
import { absolutePath } from '../absolute-path.ts';
import { FileError, type Process } from '../process.ts';
import { ArithmeticError, evaluateArithmetic } from './arithmetic.ts';
import { itemKey } from './arrays.ts';
import { expandBraces } from './brace.ts';
import { FieldBuilder } from './fields.ts';
import { matchPattern, trimPattern } from './pattern.ts';

/** An error that ends a shell that is not interactive. */
export class ShellError extends Error {
  override readonly name = 'ShellError';
  readonly code: number;

  constructor(message: string, code = 2) {
    super(message);
    this.code = code;
  }
}

/** What expansion needs of a shell. */
export interface ExpansionContext {
  /** What bash knows beyond POSIX: arrays, braces, process substitution. */
  readonly dialect: 'ash' | 'dash' | 'bash';
  items(name: string): ReadonlyMap<string, string>;
  isAssociative(name: string): boolean;
  /** Runs a script and answers the name of a file with what it prints. */
  substituteProcess(script: ParsedScript): Coroutine<string>;
  readonly process: Process;
  readonly positional: readonly string[];
  readonly nounset: boolean;
  readonly noglob: boolean;
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** `$?`, `$$`, `$!`, `$-`, `$0`; `undefined` for other names. */
  special(name: string): string | undefined;
  /** Runs a script and answers what it prints. */
  substitute(script: ParsedScript): Coroutine<string>;
}

const DEFAULT_IFS = ' \t\n';
/** Longest text that one expansion may make, as a guard. */
const MAX_TEXT = 16 * 1024 * 1024;
const MAX_MATCHES = 10_000;

/** Words of a command: expanded, split, and matched against file names. */
export function* expandWords(words: readonly (Word | Assignment)[], context: ExpansionContext): Coroutine<string[]> {
  const result: string[] = [];
  for (const given of words) {
    const [word, ...others] = given.type === 'Word' && context.dialect === 'bash' ? bracedWords(given) : [given];
    if (others.length > 0) {
      result.push(...(yield* expandWords([word!, ...others], context)));
      continue;
    }
    if (word === undefined) continue;
    if (word.type === 'Word' && word.parts === undefined) {
      result.push(tilde(word.text, word.value, context));
      continue;
    }
    const builder = new FieldBuilder(true, context.get('IFS') ?? DEFAULT_IFS);
    if (word.type === 'Word') yield* addParts(word.parts!, builder, false, context);
    else {
      builder.literal(`${word.name}${word.append === true ? '+' : ''}=`);
      if (word.value.type !== 'Word') throw new ShellError('syntax error: unexpected "("');
      yield* addWord(word.value, builder, context);
    }
    for (const field of builder.finish()) {
      if (field.magic && !context.noglob) result.push(...matchFiles(field.pattern, field.text, context));
      else result.push(field.text);
    }
  }
  return result;
}

/** A word with braces as the words that it stands for. */
function bracedWords(word: Word): Word[] {
  if (word.parts?.some((part) => part.type === 'BraceExpansion') !== true) return [word];
  const argument = parse(`: ${expandBraces(word.text).join(' ')}`).commands[0]?.command;
  if (argument?.type !== 'Command') return [word];
  return argument.suffix.filter((part): part is Word => part.type === 'Word');
}

/** A word as one text, neither split nor matched: assignments, `case`, targets of redirections. */
export function* expandText(word: Word, context: ExpansionContext): Coroutine<string> {
  if (word.parts === undefined) return tilde(word.text, word.value, context);
  const builder = new FieldBuilder(false, '');
  yield* addParts(word.parts, builder, false, context);
  return builder
    .finish()
    .map((field) => field.text)
    .join(' ');
}

/** A word as a pattern: `case`, `${x#…}`. */
export function* expandPattern(word: Word, context: ExpansionContext): Coroutine<string> {
  const builder = new FieldBuilder(false, '');
  yield* addWord(word, builder, context);
  return builder
    .finish()
    .map((field) => field.pattern)
    .join(' ');
}

/** The body of a here-document. */
export function* expandHereDocument(
  body: HereDocBody,
  quoted: boolean,
  stripTabs: boolean,
  context: ExpansionContext,
): Coroutine<string> {
  const strip = (text: string, atStart: boolean) =>
    stripTabs ? text.replace(atStart ? /(^|\n)\t+/g : /(\n)\t+/g, '$1') : text;
  if (quoted) return strip(body.text, true);
  if (body.parts === undefined)
    return strip(body.text, true).replace(/\\([\\$`\n])/g, (_, next: string) => (next === '\n' ? '' : next));
  const builder = new FieldBuilder(false, '');
  for (const [index, part] of body.parts.entries()) {
    if (part.type === 'Literal') builder.literal(strip(part.value, index === 0));
    else yield* addParts([part], builder, true, context);
  }
  return builder
    .finish()
    .map((field) => field.text)
    .join(' ');
}

function tilde(text: string, value: string, context: ExpansionContext): string {
  if (!text.startsWith('~') || !value.startsWith('~')) return value;
  const slash = value.indexOf('/');
  const name = slash < 0 ? value.slice(1) : value.slice(1, slash);
  const home = name === '' ? (context.get('HOME') ?? '~') : name === 'root' ? '/root' : `~${name}`;
  return slash < 0 ? home : home + value.slice(slash);
}

function* addWord(word: Word, builder: FieldBuilder, context: ExpansionContext): Coroutine {
  if (word.parts !== undefined) yield* addParts(word.parts, builder, false, context);
  else if (word.text === word.value && /[*?[]/.test(word.text)) builder.glob(word.text);
  else builder.literal(tilde(word.text, word.value, context));
}

function* addParts(
  parts: readonly WordPart[],
  builder: FieldBuilder,
  quoted: boolean,
  context: ExpansionContext,
): Coroutine {
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    switch (part.type) {
      case 'Literal':
        builder.literal(index === 0 && !quoted ? tilde(part.text, part.value, context) : part.value);
        break;
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        builder.literal(part.value);
        break;
      case 'DoubleQuoted':
      case 'LocaleString':
        if (part.parts.length === 0) builder.literal('');
        else yield* addQuoted(part.parts, builder, context);
        break;
      case 'Glob':
        if (quoted) builder.literal(part.text);
        else if (part.parts?.some((inner) => inner.type !== 'Literal') === true) {
          const [first, last] = [part.parts[0]!, part.parts.at(-1)!];
          builder.glob(part.text.slice(0, first.pos - part.pos));
          yield* addParts(part.parts, builder, false, context);
          builder.glob(part.text.slice(last.end - part.pos));
        } else builder.glob(part.text);
        break;
      case 'ExtendedGlob':
      case 'BraceExpansion':
        builder.literal(part.text);
        break;
      case 'SimpleExpansion':
        addParameter(part.text.slice(1), builder, quoted, context);
        break;
      case 'ParameterExpansion':
        yield* addExpansion(part, builder, quoted, context);
        break;
      case 'CommandExpansion': {
        const script = part.script;
        const text = script === undefined ? '' : (yield* context.substitute(script)).replace(/\n+$/, '');
        addValue(text, builder, quoted);
        break;
      }
      case 'ArithmeticExpansion':
        addValue(
          yield* arithmetic(
            part.text.slice(part.text.startsWith('$[') ? 2 : 3, part.text.startsWith('$[') ? -1 : -2),
            context,
          ),
          builder,
          quoted,
        );
        break;
      case 'ProcessSubstitution':
        if (context.dialect !== 'bash' || part.script === undefined || part.operator !== '<')
          throw new ShellError(`syntax error: unexpected "("`);
        builder.literal(yield* context.substituteProcess(part.script));
        break;
    }
  }
}

/** Inside double quotes an empty expansion still makes a word, but for `"$@"` without parameters. */
function* addQuoted(parts: readonly WordPart[], builder: FieldBuilder, context: ExpansionContext): Coroutine {
  const onlyAll =
    parts.length === 1 &&
    context.positional.length === 0 &&
    (parts[0]!.text === '$@' || /^\$\{@\}$/.test(parts[0]!.text));
  if (onlyAll) return;
  builder.literal('');
  yield* addParts(parts, builder, true, context);
}

function addValue(text: string, builder: FieldBuilder, quoted: boolean): void {
  if (text.length > MAX_TEXT) throw new ShellError('out of memory');
  if (quoted) builder.literal(text);
  else builder.value(text);
}

function addParameter(name: string, builder: FieldBuilder, quoted: boolean, context: ExpansionContext): void {
  if (name === '@' || name === '*') addAll(name, builder, quoted, context);
  else addValue(required(name, lookUp(name, context), context), builder, quoted);
}

function addAll(name: '@' | '*', builder: FieldBuilder, quoted: boolean, context: ExpansionContext): void {
  if (name === '*' && quoted) {
    const ifs = context.get('IFS') ?? DEFAULT_IFS;
    builder.literal(context.positional.join(ifs.slice(0, 1)));
    return;
  }
  for (const [index, value] of context.positional.entries()) {
    if (index > 0) builder.next();
    addValue(value, builder, quoted);
  }
}

function required(name: string, value: string | undefined, context: ExpansionContext): string {
  if (value !== undefined) return value;
  if (context.nounset) throw new ShellError(`${name}: parameter not set`);
  return '';
}

function lookUp(name: string, context: ExpansionContext): string | undefined {
  if (/^\d+$/.test(name) && name !== '0') return context.positional[Number(name) - 1];
  if (name === '#') return String(context.positional.length);
  if (name === '@' || name === '*') return context.positional.length === 0 ? undefined : context.positional.join(' ');
  return context.special(name) ?? context.get(name);
}

function* addExpansion(
  part: ParameterExpansionPart,
  builder: FieldBuilder,
  quoted: boolean,
  context: ExpansionContext,
): Coroutine {
  const { parameter: name, prefix, operation } = part;
  if (context.dialect === 'bash' && (yield* addArray(part, builder, quoted, context))) return;
  if (part.index !== undefined || prefix === '!' || name === '') throw new ShellError('syntax error: bad substitution');
  if (prefix === '#') {
    const value =
      name === '@' || name === '*' ? String(context.positional.length) : required(name, lookUp(name, context), context);
    addValue(name === '@' || name === '*' ? value : String(value.length), builder, quoted);
    return;
  }
  if (operation === undefined) {
    addParameter(name, builder, quoted, context);
    return;
  }
  const value = lookUp(name, context);
  switch (operation.type) {
    case 'Default': {
      const missing = value === undefined || (operation.operator.startsWith(':') && value === '');
      const operator = operation.operator.replace(':', '');
      if (operator === '+') {
        if (!missing) yield* addOperand(operation.operand, builder, quoted, context);
      } else if (!missing) addParameter(name, builder, quoted, context);
      else if (operator === '-') yield* addOperand(operation.operand, builder, quoted, context);
      else if (operator === '=') {
        const text = yield* expandText(operation.operand, context);
        context.set(name, text);
        addValue(text, builder, quoted);
      } else {
        const text = yield* expandText(operation.operand, context);
        throw new ShellError(
          `${name}: ${text === '' ? (operation.operator === '?' ? 'parameter not set' : 'parameter not set or null') : text}`,
        );
      }
      return;
    }
    case 'Remove': {
      const pattern = yield* expandPattern(operation.operand, context);
      const where = operation.operator.startsWith('#') ? 'start' : 'end';
      addValue(
        trimPattern(required(name, value, context), pattern, where, operation.operator.length > 1),
        builder,
        quoted,
      );
      return;
    }
    case 'Replace': {
      const pattern = yield* expandPattern(operation.pattern, context);
      const replacement = yield* expandText(operation.replacement, context);
      addValue(replace(required(name, value, context), pattern, replacement, operation.operator), builder, quoted);
      return;
    }
    case 'Slice': {
      const text = required(name, value, context);
      const offset = Number(yield* arithmetic(operation.offset.text, context));
      const start = offset < 0 ? Math.max(0, text.length + offset) : offset;
      const length =
        operation.length === undefined ? text.length : Number(yield* arithmetic(operation.length.text, context));
      addValue(length < 0 ? text.slice(start, length) : text.slice(start, start + length), builder, quoted);
      return;
    }
    case 'CaseModification': {
      const text = required(name, value, context);
      const change = (part: string) => (operation.operator.startsWith('^') ? part.toUpperCase() : part.toLowerCase());
      addValue(
        operation.operator.length > 1 ? change(text) : change(text.slice(0, 1)) + text.slice(1),
        builder,
        quoted,
      );
      return;
    }
    default:
      throw new ShellError('syntax error: bad substitution');
  }
}

/** What arrays and indirection ask for. Answers whether it was such. */
function* addArray(
  part: ParameterExpansionPart,
  builder: FieldBuilder,
  quoted: boolean,
  context: ExpansionContext,
): Coroutine<boolean> {
  const { parameter: name, prefix, operation, index } = part;
  if (index === undefined) {
    if (prefix !== '!' || name === '') return false;
    if (operation?.type === 'Names') return false;
    const target = lookUp(name, context) ?? '';
    if (!/^[A-Za-z_]\w*$/.test(target)) throw new ShellError(`${name}: invalid indirect expansion`);
    addParameter(target, builder, quoted, context);
    return true;
  }
  const all = index.text === '@' || index.text === '*';
  if (!all) {
    const value = context.items(name).get(yield* itemKey(context, name, index));
    if (prefix === '#') addValue(String((value ?? '').length), builder, quoted);
    else if (value === undefined && operation?.type === 'Default')
      yield* addOperand(operation.operand, builder, quoted, context);
    else addValue(value ?? '', builder, quoted);
    return true;
  }
  const items = [...context.items(name)].sort(([a], [b]) => (context.isAssociative(name) ? 0 : Number(a) - Number(b)));
  if (prefix === '#') {
    addValue(String(items.length), builder, quoted);
    return true;
  }
  let values = items.map(([key, value]) => (prefix === '!' ? key : value));
  if (operation?.type === 'Slice') {
    const start = Number(yield* arithmetic(operation.offset.text, context));
    const length =
      operation.length === undefined ? undefined : Number(yield* arithmetic(operation.length.text, context));
    values = values.slice(start, length === undefined ? undefined : start + length);
  }
  if (quoted && index.text === '*') {
    builder.literal(values.join((context.get('IFS') ?? DEFAULT_IFS).slice(0, 1)));
    return true;
  }
  for (const [at, value] of values.entries()) {
    if (at > 0) builder.next();
    addValue(value, builder, quoted);
  }
  return true;
}

function* addOperand(word: Word, builder: FieldBuilder, quoted: boolean, context: ExpansionContext): Coroutine {
  if (quoted) builder.literal(yield* expandText(word, context));
  else if (word.parts === undefined) builder.value(word.value);
  else {
    for (const part of word.parts) {
      if (part.type === 'Literal') builder.value(part.value);
      else yield* addParts([part], builder, false, context);
    }
  }
}

function replace(text: string, pattern: string, replacement: string, operator: string): string {
  if (pattern === '') return text;
  const longest = (start: number) => {
    for (let end = text.length; end > start; end--) if (matchPattern(pattern, text.slice(start, end))) return end;
    return -1;
  };
  if (operator === '/%') {
    for (let start = 0; start < text.length; start++) {
      if (matchPattern(pattern, text.slice(start))) return text.slice(0, start) + replacement;
    }
    return text;
  }
  let result = '';
  for (let index = 0; index < text.length; ) {
    const end = longest(index);
    if (end < 0) {
      if (operator === '/#') return text;
      result += text[index++];
      continue;
    }
    result += replacement;
    index = end;
    if (operator !== '//') return result + text.slice(index);
  }
  return result;
}

const quotedWords = new Map<string, Word | undefined>();
const MAX_CACHED = 256;

/** Value of an arithmetic expression in which parameters and commands are expanded first. */
export function* arithmetic(text: string, context: ExpansionContext): Coroutine<string> {
  let source = text;
  if (/[$`]/.test(text)) {
    let word = quotedWords.get(text);
    if (word === undefined) {
      const command = parse(`: "${text.replaceAll('"', '')}"`).commands[0]?.command;
      const argument = command?.type === 'Command' ? command.suffix[0] : undefined;
      word = argument?.type === 'Word' ? argument : undefined;
      if (quotedWords.size >= MAX_CACHED) quotedWords.clear();
      quotedWords.set(text, word);
    }
    if (word === undefined) throw new ShellError('arithmetic syntax error');
    source = yield* expandText(word, context);
  }
  try {
    return String(evaluateArithmetic(source, context));
  } catch (error) {
    if (error instanceof ArithmeticError) throw new ShellError(error.message);
    throw error;
  }
}

/** Files whose names match, sorted; the word itself when there are none. */
function matchFiles(pattern: string, text: string, context: ExpansionContext): string[] {
  const { files, cwd } = context.process;
  let found: string[] = [pattern.startsWith('/') ? '/' : ''];
  const parts = pattern.split('/').filter((part) => part !== '');
  for (const [index, part] of parts.entries()) {
    const next: string[] = [];
    const plain = !/(^|[^\\])[*?[]/.test(part);
    for (const prefix of found) {
      if (plain) {
        const path = prefix + part.replace(/\\(.)/g, '$1');
        if (files.stat(absolutePath(cwd, path), { follow: false }) !== undefined) next.push(path);
        continue;
      }
      try {
        for (const name of files.list(absolutePath(cwd, prefix === '' ? '.' : prefix))) {
          if (name.startsWith('.') && !part.startsWith('.')) continue;
          if (matchPattern(part, name)) next.push(prefix + name);
        }
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
      }
    }
    found = index < parts.length - 1 ? next.map((path) => `${path}/`) : next;
    if (found.length === 0 || found.length > MAX_MATCHES) return [text];
  }
  return found.length === 0 ? [text] : found;
}
