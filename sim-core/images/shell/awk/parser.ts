import { ToolError } from '../applets/tool.ts';
import { ExpressionParser } from './expression-parser.ts';
import type { Expression, Rule, Statement } from './syntax.ts';
import { Tokens } from './tokens.ts';

/** The rules of a program. Throws `ToolError`. */
export function parseProgram(source: string): Rule[] {
  return new ProgramParser(source).rules();
}

class ProgramParser {
  private readonly tokens: Tokens;
  private readonly expressions: ExpressionParser;

  constructor(source: string) {
    this.tokens = new Tokens(source);
    this.expressions = new ExpressionParser(this.tokens);
  }

  rules(): Rule[] {
    const rules: Rule[] = [];
    this.tokens.skipLines();
    while (this.tokens.kind !== 'end') {
      let when: Rule['when'];
      let to: Expression | undefined;
      if (this.tokens.token === 'BEGIN' || this.tokens.token === 'END') {
        when = this.tokens.token;
        this.tokens.advance();
      } else if (this.tokens.token !== '{') {
        when = this.expressions.expression();
        if (this.tokens.take(',')) to = this.expressions.expression();
      }
      const body = this.tokens.is('{') ? this.block() : [{ kind: 'print', args: [], format: false } as const];
      rules.push({ when, to, body, active: false });
      this.tokens.skipLines();
    }
    return rules;
  }

  private block(): Statement[] {
    this.tokens.enter('program');
    this.tokens.expect('{');
    const body: Statement[] = [];
    this.tokens.skipLines();
    while (!this.tokens.is('}')) {
      if (this.tokens.kind === 'end') this.tokens.fail();
      body.push(this.statement());
      this.tokens.skipLines();
    }
    this.tokens.expect('}');
    this.tokens.leave();
    return body;
  }

  private statement(): Statement {
    if (this.tokens.is('{')) return { kind: 'block', body: this.block() };
    if (this.tokens.take('if')) {
      this.tokens.expect('(');
      const test = this.expressions.expression();
      this.tokens.expect(')');
      this.tokens.skipLines();
      const yes = this.statement();
      const back = this.tokens.mark();
      this.tokens.skipLines();
      if (this.tokens.take('else')) {
        this.tokens.skipLines();
        return { kind: 'if', test, yes, no: this.statement() };
      }
      back();
      return { kind: 'if', test, yes, no: undefined };
    }
    if (this.tokens.take('for')) {
      this.tokens.expect('(');
      const name = this.tokens.token;
      this.tokens.advance();
      if (!this.tokens.take('in')) throw new ToolError("counting loops are not supported by sim-core's awk");
      const array = this.tokens.token;
      this.tokens.advance();
      this.tokens.expect(')');
      this.tokens.skipLines();
      return { kind: 'each', name, array, body: this.statement() };
    }
    if (this.tokens.take('next')) return { kind: 'next' };
    if (this.tokens.take('exit'))
      return { kind: 'exit', code: this.tokens.ends() ? undefined : this.expressions.expression() };
    if (this.tokens.is('print') || this.tokens.is('printf')) {
      const format = this.tokens.token === 'printf';
      this.tokens.advance();
      const args: Expression[] = [];
      if (!this.tokens.ends()) {
        const parenthesised = this.tokens.is('(') && this.tokens.closesStatement();
        if (parenthesised) this.tokens.advance();
        do args.push(this.expressions.expression(!parenthesised));
        while (this.tokens.take(','));
        if (parenthesised) this.tokens.expect(')');
      }
      if (this.tokens.is('>') || this.tokens.is('|'))
        throw new ToolError("redirection inside awk is not supported by sim-core's awk");
      return { kind: 'print', args, format };
    }
    return { kind: 'expression', value: this.expressions.expression() };
  }
}
