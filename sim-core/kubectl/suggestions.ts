/** Levenshtein distance without regard to case (cobra's ld). */
function distance(left: string, right: string): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Names near a mistyped word: at most two edits away, or beginning with it. */
export function suggestionsFor(word: string, names: readonly string[]): string[] {
  return names.filter((name) => distance(word, name) <= 2 || name.toLowerCase().startsWith(word.toLowerCase()));
}
