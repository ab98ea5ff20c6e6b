/** The unified format of `diff -u`, three lines of context. */
type Edit = { kind: ' ' | '-' | '+'; line: string };

/** A shortest edit script (Myers), deletions before insertions. */
function editScript(a: readonly string[], b: readonly string[]): Edit[] {
  const n = a.length;
  const m = b.length;
  const max = n + m;
  const trace: Map<number, number>[] = [];
  let v = new Map<number, number>([[1, 0]]);
  outer: for (let d = 0; d <= max; d++) {
    trace.push(new Map(v));
    for (let k = -d; k <= d; k += 2) {
      let x =
        k === -d || (k !== d && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1))
          ? (v.get(k + 1) ?? 0)
          : (v.get(k - 1) ?? 0) + 1;
      let y = x - k;
      while (x < n && y < m && a[x] === b[y]) {
        x++;
        y++;
      }
      v.set(k, x);
      if (x >= n && y >= m) break outer;
    }
    v = new Map(v);
  }
  const edits: Edit[] = [];
  let [x, y] = [n, m];
  for (let d = trace.length - 1; d >= 0 && (x > 0 || y > 0); d--) {
    const before = trace[d]!;
    const k = x - y;
    const down = k === -d || (k !== d && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1));
    const previousK = down ? k + 1 : k - 1;
    const previousX = before.get(previousK) ?? 0;
    const previousY = previousX - previousK;
    while (x > previousX && y > previousY && x > 0 && y > 0) {
      edits.push({ kind: ' ', line: a[--x]! });
      y--;
    }
    if (d === 0) break;
    if (down) edits.push({ kind: '+', line: b[--y]! });
    else edits.push({ kind: '-', line: a[--x]! });
  }
  return edits.reverse();
}

/** Within a run of changes, deletions come first, as GNU diff prints them. */
function ordered(edits: readonly Edit[]): Edit[] {
  const out: Edit[] = [];
  let removed: Edit[] = [];
  let added: Edit[] = [];
  for (const edit of edits) {
    if (edit.kind === '-') removed.push(edit);
    else if (edit.kind === '+') added.push(edit);
    else {
      out.push(...removed, ...added, edit);
      removed = [];
      added = [];
    }
  }
  return [...out, ...removed, ...added];
}

function lines(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function range(start: number, count: number): string {
  if (count === 1) return String(start);
  return count === 0 ? `${start - 1},0` : `${start},${count}`;
}

/** The hunks that turn one text into another; empty where they are the same. */
export function unifiedHunks(before: string, after: string): string {
  if (before === after) return '';
  const edits = ordered(editScript(lines(before), lines(after)));
  const CONTEXT = 3;
  let out = '';
  let [oldLine, newLine] = [1, 1];
  let at = 0;
  while (at < edits.length) {
    if (edits[at]!.kind === ' ') {
      at++;
      oldLine++;
      newLine++;
      continue;
    }
    const start = Math.max(0, at - CONTEXT);
    const lead = at - start;
    let end = at;
    let quiet = 0;
    for (let i = at; i < edits.length && quiet <= CONTEXT * 2; i++) {
      if (edits[i]!.kind === ' ') quiet++;
      else {
        quiet = 0;
        end = i + 1;
      }
    }
    const stop = Math.min(edits.length, end + CONTEXT);
    const hunk = edits.slice(start, stop);
    const oldCount = hunk.filter(({ kind }) => kind !== '+').length;
    const newCount = hunk.filter(({ kind }) => kind !== '-').length;
    out += `@@ -${range(oldLine - lead, oldCount)} +${range(newLine - lead, newCount)} @@\n`;
    for (const { kind, line } of hunk) out += `${kind}${line}\n`;
    for (let i = at; i < stop; i++) {
      if (edits[i]!.kind !== '+') oldLine++;
      if (edits[i]!.kind !== '-') newLine++;
    }
    at = stop;
  }
  return out;
}
