import type { Assignment, Word } from 'unbash';
import type { Coroutine } from '../../engine/index.ts';
import { arithmetic, type ExpansionContext, expandText, expandWords, ShellError } from './expansion.ts';
import type { Shell } from './shell.ts';

/** Carries out an assignment: `a=1`, `a+=1`, `a[2]=x`, `a=(x y)`, `a+=(z)`, `m=([key]=value)`. */
export function* assign(shell: Shell, { name, value, append, index }: Assignment): Coroutine {
  if (value.type === 'ArrayValue') {
    if (shell.dialect !== 'bash') throw new ShellError('syntax error: unexpected "("');
    yield* assignItems(shell, name, value.elements, append === true);
    return;
  }
  const text = yield* expandText(value, shell);
  if (index === undefined) {
    shell.set(name, append === true ? (shell.get(name) ?? '') + text : text);
    return;
  }
  const key = yield* itemKey(shell, name, index);
  const before = append === true ? (shell.items(name).get(key) ?? '') : '';
  shell.setItem(name, key, before + text);
}

function* assignItems(shell: Shell, name: string, elements: readonly Word[], append: boolean): Coroutine {
  const items = new Map(append ? shell.items(name) : []);
  let next = Math.max(-1, ...[...items.keys()].map(Number).filter(Number.isInteger)) + 1;
  for (const element of elements) {
    const keyed = /^\[([^\]]+)\]=/s.exec(element.text);
    if (keyed !== null && element.parts === undefined) {
      items.set(keyed[1]!.replace(/^(["'])(.*)\1$/s, '$2'), element.value.slice(element.value.indexOf(']=') + 2));
      continue;
    }
    if (keyed !== null) {
      const whole = yield* expandText(element, shell);
      const close = whole.indexOf(']=');
      items.set(whole.slice(1, close), whole.slice(close + 2));
      continue;
    }
    const texts = yield* expandWords([element], shell);
    for (const text of texts) items.set(String(next++), text);
  }
  shell.setItems(name, items);
}

/** The key that an index means: a number computed, from the end when negative; in an associative array the text itself. */
export function* itemKey(context: ExpansionContext, name: string, index: Word): Coroutine<string> {
  const text = yield* expandText(index, context);
  if (context.isAssociative(name)) return text;
  const number = Number(yield* arithmetic(text, context));
  if (number >= 0) return String(number);
  const last = Math.max(-1, ...[...context.items(name).keys()].map(Number));
  return String(last + 1 + number);
}
