import type { Definition, Node } from './syntax.ts';
import type { Json } from './values.ts';

/** What was given for a parameter: a program, and what names mean in it. */
interface Closure {
  readonly node: Node;
  readonly scope: Scope;
}

/** A function, and where it was defined. */
interface Function {
  readonly definition: Definition;
  readonly scope: Scope | undefined;
}

/** What names mean at a place of a program. */
export class Scope {
  private readonly variables = new Map<string, Json>();
  private readonly functions = new Map<string, Function>();
  private readonly closures = new Map<string, Closure>();
  private readonly outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.outer = outer;
  }

  setVariable(name: string, value: Json): void {
    this.variables.set(name, value);
  }

  variable(name: string): Json | undefined {
    return this.variables.has(name) ? this.variables.get(name) : this.outer?.variable(name);
  }

  define(definition: Definition): void {
    this.functions.set(`${definition.name}/${definition.parameters.length}`, { definition, scope: this });
  }

  bind(name: string, closure: Closure): void {
    this.closures.set(`${name}/0`, closure);
  }

  find(key: string): Closure | Function | undefined {
    return this.closures.get(key) ?? this.functions.get(key) ?? this.outer?.find(key);
  }
}
