import { KubectlError } from '../../errors.ts';
import { FUNCTIONS } from './functions.ts';
import { lex, type Piece, type Token } from './lexer.ts';
import { type Block, type Expr, MAX_DEPTH, type Pipe } from './nodes.ts';

const KEYWORDS = new Set('if range with else end define template block break continue'.split(' '));
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
}

/** Reads templates (text/template/parse). Variables that nothing declares, and functions that are none, are errors already here. */
export class Parser {
  readonly #pieces: readonly Piece[];
  #at = 0;
  #variables: string[] = ['$'];
  #ranges = 0;
  readonly templates = new Map<string, Block[]>();

  constructor(source: string) {
    this.#pieces = lex(source);
  }

  parse(): Block[] {
    const { blocks, end } = this.#blocks(0);
    if (end !== 'eof') throw new KubectlError(`unexpected {{${end}}}`);
    return blocks;
  }

  #blocks(depth: number): { blocks: Block[]; end: string; tokens: readonly Token[] } {
    if (depth > MAX_DEPTH) throw new KubectlError('template is nested too deeply');
    const blocks: Block[] = [];
    while (this.#at < this.#pieces.length) {
      const piece = this.#pieces[this.#at++]!;
      if ('text' in piece) {
        blocks.push({ kind: 'text', text: piece.text });
        continue;
      }
      const tokens = piece.tokens.filter((token, index) => index > 0 || token.type !== 'space');
      const word = tokens[0]?.type === 'word' ? tokens[0].text : '';
      const rest = tokens.slice(1);
      const named = rest.filter((token) => token.type !== 'space');
      if (word === 'end' || word === 'else') return { blocks, end: word, tokens: named };
      if (word === 'if' || word === 'range' || word === 'with') blocks.push(this.#control(word, rest, depth));
      else if (word === 'define' || word === 'block') {
        const name = stringOf(named[0]);
        const pipe = word === 'block' ? this.#pipe(named.slice(1), 'block clause') : undefined;
        const outside = this.#variables;
        this.#variables = ['$'];
        const body = this.#blocks(depth + 1);
        this.#variables = outside;
        if (body.end !== 'end') throw new KubectlError('unexpected EOF');
        this.templates.set(name, body.blocks);
        if (word === 'block') blocks.push({ kind: 'template', name, pipe, at: named[0]!.at });
      } else if (word === 'template') {
        const pipe = named.length > 1 ? this.#pipe(named.slice(1), 'template clause') : undefined;
        blocks.push({ kind: 'template', name: stringOf(named[0]), pipe, at: named[0]!.at });
      } else if (word === 'break' || word === 'continue') {
        if (this.#ranges === 0) throw new KubectlError(`{{${word}}} outside {{range}}`);
        blocks.push({ kind: word });
      } else blocks.push({ kind: 'action', pipe: this.#pipe(tokens, 'command') });
    }
    return { blocks, end: 'eof', tokens: [] };
  }

  #control(kind: 'if' | 'range' | 'with', tokens: readonly Token[], depth: number): Block {
    const known = this.#variables.length;
    const pipe = this.#pipe(tokens, kind);
    if (kind === 'range') this.#ranges++;
    const body = this.#blocks(depth + 1);
    if (kind === 'range') this.#ranges--;
    let otherwise: Block[] = [];
    if (body.end === 'else') {
      const next = body.tokens[0]?.text;
      if (next === 'if' || next === 'with') otherwise = [this.#control(next, body.tokens.slice(1), depth + 1)];
      else {
        const alternative = this.#blocks(depth + 1);
        if (alternative.end !== 'end') throw new KubectlError('unexpected EOF');
        otherwise = alternative.blocks;
      }
    } else if (body.end !== 'end') throw new KubectlError('unexpected EOF');
    this.#variables.length = known;
    return { kind, pipe, body: body.blocks, otherwise };
  }

  #pipe(tokens: readonly Token[], context: string): Pipe {
    const reader = { tokens, at: 0 };
    const pipe = this.#readPipe(reader, context, 0);
    if (reader.at < tokens.length)
      throw new KubectlError(`unexpected ${JSON.stringify(tokens[reader.at]!.text)} in ${context}`);
    return pipe;
  }

  #readPipe(reader: Reader, context: string, depth: number): Pipe {
    if (depth > MAX_DEPTH) throw new KubectlError('template is nested too deeply');
    const pipe: Pipe = { declare: [], assign: false, commands: [] };
    const ahead = reader.tokens.slice(reader.at).filter((token) => token.type !== 'space');
    const operator = ahead.findIndex((token) => token.text === ':=' || token.text === '=');
    if (operator > 0 && ahead.slice(0, operator).every((token) => token.type === 'variable' || token.text === ',')) {
      pipe.declare = ahead
        .slice(0, operator)
        .filter((token) => token.type === 'variable')
        .map((token) => token.text);
      pipe.assign = ahead[operator]!.text === '=';
      while (reader.tokens[reader.at] !== ahead[operator]) reader.at++;
      reader.at++;
      if (pipe.assign) for (const name of pipe.declare) this.#use(name);
    }
    for (let args: Expr[] = []; ; ) {
      while (reader.tokens[reader.at]?.type === 'space') reader.at++;
      const token = reader.tokens[reader.at];
      if (token !== undefined && token.text !== ')' && token.text !== '|') {
        args.push(this.#operand(reader, depth));
        continue;
      }
      if (args.length === 0) {
        if (token?.text === '|') throw new KubectlError('unexpected "|" in command');
        // `{{.kind |}}` is read as if the bar were not there.
        if (pipe.commands.length > 0) break;
        throw new KubectlError(`missing value for ${context}`);
      }
      pipe.commands.push(args);
      args = [];
      if (token?.text !== '|') break;
      reader.at++;
    }
    if (!pipe.assign) this.#variables.push(...pipe.declare);
    return pipe;
  }

  #use(name: string): void {
    if (!this.#variables.includes(name)) throw new KubectlError(`undefined variable ${JSON.stringify(name)}`);
  }

  #operand(reader: Reader, depth: number): Expr {
    const token = reader.tokens[reader.at++]!;
    const fields = (): string[] => {
      const names: string[] = [];
      while (reader.tokens[reader.at]?.type === 'field') names.push(reader.tokens[reader.at++]!.text.slice(1));
      return names;
    };
    // A chain of fields stands where its second part does, as upstream's parser has it.
    const { at } = reader.tokens[reader.at]?.type === 'field' ? reader.tokens[reader.at]! : token;
    const { text } = token;
    const literal = (value: unknown): Expr => ({ kind: 'literal', value, text, at });
    switch (token.type) {
      case 'field':
        return { kind: 'field', names: [text.slice(1), ...fields()], at };
      case 'variable':
        this.#use(text);
        return { kind: 'variable', name: text, names: fields(), at };
      case 'string':
        return literal(stringOf(token));
      case 'char':
        return literal(unescaped(text.slice(1, -1)).codePointAt(0));
      case 'number':
        return literal(Number(text.replaceAll('_', '')));
      case 'word':
        if (text === 'true' || text === 'false') return literal(text === 'true');
        if (text === 'nil') return { kind: 'nil', at };
        if (KEYWORDS.has(text)) throw new KubectlError(`unexpected <${text}> in operand`);
        if (!FUNCTIONS.has(text)) throw new KubectlError(`function ${JSON.stringify(text)} not defined`);
        return { kind: 'function', name: text, at };
      default: {
        if (text === '.') return { kind: 'dot', at };
        if (text !== '(') throw new KubectlError(`unexpected ${JSON.stringify(text)} in operand`);
        const pipe = this.#readPipe(reader, 'parenthesized pipeline', depth + 1);
        reader.at++;
        return { kind: 'pipe', pipe, names: fields(), at };
      }
    }
  }
}

function stringOf(token: Token | undefined): string {
  if (token?.type !== 'string')
    throw new KubectlError(
      `unexpected ${token === undefined ? '"}}"' : JSON.stringify(token.text)} in template clause`,
    );
  const inner = token.text.slice(1, -1);
  return token.text.startsWith('`') ? inner : unescaped(inner);
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/g, (_, u?: string, x?: string, c?: string) =>
    c === undefined ? String.fromCharCode(Number.parseInt((u ?? x)!, 16)) : (ESCAPES[c] ?? c),
  );
}
