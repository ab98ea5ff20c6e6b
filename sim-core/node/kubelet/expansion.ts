/** Expands `$(NAME)` by `lookup`; `$$` is a dollar sign, unknown names stay as they are (third_party/forked/golang/expansion). */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  let result = '';
  let at = 0;
  for (let next = text.indexOf('$'); next >= 0 && next + 1 < text.length; next = text.indexOf('$', at)) {
    result += text.slice(at, next);
    const operator = text[next + 1]!;
    const end = operator === '(' ? text.indexOf(')', next) : -1;
    if (operator === '$') {
      result += '$';
      at = next + 2;
    } else if (end > 0) {
      const name = text.slice(next + 2, end);
      result += lookup(name) ?? `$(${name})`;
      at = end + 1;
    } else {
      result += `$${operator}`;
      at = next + 2;
    }
  }
  return result + text.slice(at);
}
