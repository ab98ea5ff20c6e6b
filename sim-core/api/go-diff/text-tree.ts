/** Text with structure, laid out on one line or several (go-cmp's textNode). */
export type TextNode = string | TextWrap | TextList;

export interface TextWrap {
  readonly prefix: string;
  readonly body: TextNode;
  readonly suffix: string;
}
export interface TextRecord {
  /** `-`, `+`, or neither. */
  readonly mark?: '-' | '+';
  readonly key?: string;
  readonly text: TextNode;
  /** What stands behind an ellipsis: `5 identical fields`. */
  readonly comment?: string;
}
export interface TextList {
  readonly records: readonly TextRecord[];
}

export const ELLIPSIS = '...';
/** What is removed or added stands on lines of its own when it is longer. */
const MAX_LINE = 80;
type Mark = '-' | '+' | undefined;

/** The tree as text, every line marked with `-`, `+` or blanks; ends with a new line. */
export function layOut(node: TextNode): string {
  return `  ${expanded(compacted(node, undefined).node, undefined, 0)}\n`;
}

/** What fits on one line becomes a line; the text is that of the node on one line. */
function compacted(node: TextNode, mark: Mark): { text: string; node: TextNode } {
  if (typeof node === 'string') return { text: node, node };
  if ('body' in node) {
    const body = compacted(node.body, mark);
    const text = node.prefix + body.text + node.suffix;
    return { text, node: typeof body.node === 'string' ? text : { ...node, body: body.node } };
  }
  let broken = false;
  const texts: string[] = [];
  const records = node.records.map((record) => {
    const inner = compacted(record.text, mark ?? record.mark);
    if (record.mark !== undefined || record.comment !== undefined || typeof inner.node !== 'string') broken = true;
    texts.push(record.key === undefined ? inner.text : `${record.key}: ${inner.text}`);
    return { ...record, text: inner.node };
  });
  const text = texts.join(', ');
  if (mark !== undefined && text.length > MAX_LINE) broken = true;
  return { text, node: broken ? { records } : text };
}

const lineStart = (mark: Mark, depth: number): string => `\n${mark ?? ' '} ${'\t'.repeat(depth)}`;

function expanded(node: TextNode, mark: Mark, depth: number): string {
  if (typeof node === 'string') return node;
  if ('body' in node) return node.prefix + expanded(node.body, mark, depth) + node.suffix;
  const { records } = node;
  const end = lineStart(mark, depth);
  if (records.length > 0 && records.every(isPlain)) return batched(records, mark, depth + 1) + end;
  const pads = padding(records);
  let text = '';
  for (const [index, record] of records.entries()) {
    text += lineStart(mark ?? record.mark, depth + 1);
    if (record.key !== undefined) text += `${record.key}: ${' '.repeat(pads[index]!)}`;
    text += expanded(record.text, mark ?? record.mark, depth + 1);
    if (record.text !== ELLIPSIS) text += ',';
    if (record.comment !== undefined) text += ` // ${record.comment}`;
  }
  return text + end;
}

const isPlain = ({ mark, key, text, comment }: TextRecord): boolean =>
  mark === undefined && key === undefined && comment === undefined && typeof text === 'string';

/** Several short values share a line. */
function batched(records: readonly TextRecord[], mark: Mark, depth: number): string {
  let text = '';
  let batch = '';
  const flush = () => {
    if (batch !== '') text += lineStart(mark, depth) + batch.trimEnd();
    batch = '';
  };
  for (const { text: item } of records) {
    if (batch.length + (item as string).length + 2 > MAX_LINE) flush();
    batch += `${item as string}, `;
  }
  flush();
  return text;
}

/** Blanks behind each key, so that the values of neighbouring one-line records stand below each other. */
function padding(records: readonly TextRecord[]): number[] {
  const pads = records.map(() => 0);
  let start = 0;
  for (let index = 0; index <= records.length; index++) {
    const record = records[index];
    if (record?.key !== undefined && typeof record.text === 'string') continue;
    const run = records.slice(start, index);
    const longest = run.reduce((most, { key = '' }) => Math.max(most, key.length), 0);
    for (const [offset, { key = '' }] of run.entries()) pads[start + offset] = longest - key.length;
    start = index + 1;
  }
  return pads;
}
