import { posixRegex } from '../applets/regex.ts';
import { formatPrintf } from '../printf.ts';
import { fieldsOf } from './fields.ts';
import type { Machine } from './machine.ts';
import type { Expression } from './syntax.ts';
import { looksNumeric, numeric, text, type Value } from './values.ts';

/** The value of `name(args)`. Some change what they are given: `split` its array, `sub` and `gsub` their target. */
export function callFunction(machine: Machine, name: string, args: readonly Expression[]): Value {
  const first = args[0] === undefined || args[0].kind === 'regex' ? '' : machine.value(args[0]);
  const value = (index: number) => (args[index] === undefined ? undefined : machine.value(args[index]));
  switch (name) {
    case 'length':
      if (args[0]?.kind === 'variable' && machine.hasArray(args[0].name)) return machine.array(args[0].name).size;
      return (args.length === 0 ? machine.record : text(first)).length;
    case 'substr': {
      const start = numeric(value(1) ?? 1);
      const from = Math.max(1, start);
      const length = value(2) === undefined ? undefined : Math.max(0, numeric(value(2)!) - (from - start));
      return text(first).substr(from - 1, length);
    }
    case 'toupper':
      return text(first).toUpperCase();
    case 'tolower':
      return text(first).toLowerCase();
    case 'index':
      return text(first).indexOf(text(value(1) ?? '')) + 1;
    case 'int':
      return Math.trunc(numeric(first));
    case 'sprintf':
      return formatPrintf(
        text(first),
        args.slice(1).map((arg) => text(machine.value(arg))),
      ).text;
    case 'split': {
      const array = args[1]?.kind === 'variable' ? machine.array(args[1].name) : undefined;
      const parts = fieldsOf(text(first), text(value(2) ?? machine.separator));
      array?.clear();
      for (const [index, part] of parts.entries()) array?.set(String(index + 1), looksNumeric(part));
      return parts.length;
    }
    default: {
      const pattern = args[0]?.kind === 'regex' ? args[0].value : posixRegex(text(first), true, '');
      const target: Expression = args[2] ?? { kind: 'field', index: { kind: 'number', value: 0 } };
      const replacement = text(value(1) ?? '');
      let count = 0;
      const changed = text(machine.value(target)).replace(
        new RegExp(pattern.source, name === 'gsub' ? 'g' : ''),
        (found) => {
          count++;
          return replacement.replace(/\\?&/g, (mark) => (mark === '&' ? found : '&'));
        },
      );
      if (count > 0) machine.store(target, changed);
      return count;
    }
  }
}
