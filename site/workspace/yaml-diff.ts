/** A line of an object's YAML, and whether it came with the last change. */
export interface YamlLine {
  readonly text: string;
  readonly changed: boolean;
}

/** The lines of a text, those marked that an earlier text does not have at that place (longest common subsequence). */
export function markChanges(before: string | undefined, after: string): YamlLine[] {
  const lines = after.split('\n').filter((text, index, all) => text !== '' || index < all.length - 1);
  if (before === undefined) return lines.map((text) => ({ text, changed: false }));
  const old = before.split('\n');
  const kept = commonLines(old, lines);
  return lines.map((text, index) => ({ text, changed: !kept.has(index) }));
}

/** Indices of the lines of `right` that belong to the longest common subsequence. */
function commonLines(left: readonly string[], right: readonly string[]): Set<number> {
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        left[i] === right[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const kept = new Set<number>();
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) {
      kept.add(j);
      i++;
      j++;
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return kept;
}
