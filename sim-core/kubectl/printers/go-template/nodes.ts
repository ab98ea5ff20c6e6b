/** The syntax tree of a template; `at` is where in the source a part begins. */
export type Expr =
  | { kind: 'dot' | 'nil'; at: number }
  | { kind: 'field'; names: string[]; at: number }
  | { kind: 'variable'; name: string; names: string[]; at: number }
  | { kind: 'literal'; value: unknown; text: string; at: number }
  | { kind: 'function'; name: string; at: number }
  | { kind: 'pipe'; pipe: Pipe; names: string[]; at: number };

export interface Pipe {
  declare: string[];
  assign: boolean;
  commands: Expr[][];
}

export interface ControlBlock {
  kind: 'if' | 'range' | 'with';
  pipe: Pipe;
  body: Block[];
  otherwise: Block[];
}

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'action'; pipe: Pipe }
  | ControlBlock
  | { kind: 'template'; name: string; pipe: Pipe | undefined; at: number }
  | { kind: 'break' | 'continue' };

/** How deep templates may nest, and call each other. */
export const MAX_DEPTH = 100;

/** An expression as Go prints it again. */
export function describe(expr: Expr): string {
  const names = (list: readonly string[]): string => list.map((name) => `.${name}`).join('');
  switch (expr.kind) {
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'field':
      return names(expr.names);
    case 'variable':
      return expr.name + names(expr.names);
    case 'literal':
      return expr.text;
    case 'function':
      return expr.name;
    case 'pipe':
      return `(${describePipe(expr.pipe)})${names(expr.names)}`;
  }
}

export function describePipe(pipe: Pipe): string {
  return pipe.commands.map((command) => command.map(describe).join(' ')).join(' | ');
}
