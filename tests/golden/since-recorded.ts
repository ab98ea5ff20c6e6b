/**
 * What v1.33 says otherwise than the recorded v1.28 wherever it says it. What is otherwise in one step only is in
 * known-differences.json.
 */

interface Rule {
  readonly why: string;
  readonly from: RegExp;
  readonly to: string;
}

/** Made to the recording. */
const NEW_WORDS: readonly Rule[] = [
  {
    why: 'events of scaled replica sets name the old size first, and always',
    from: /(Scaled (?:up|down) replica set \S+) to (\d+) from (\d+)/g,
    to: '$1 from $3 to $2',
  },
  { why: 'see above', from: /(Scaled up replica set \S+) to (\d+)/g, to: '$1 from 0 to $2' },
  {
    why: 'messages of the scheduler end in one full stop',
    from: /(is not helpful for scheduling|No preemption victims found for incoming pod)\.\./g,
    to: '$1.',
  },
  {
    why: 'StatefulSets may change their revisionHistoryLimit',
    from: /'updateStrategy', 'persistentVolumeClaimRetentionPolicy'/g,
    to: "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy'",
  },
];

/** Lines that are not in the recording. */
const NEW_LINES: readonly RegExp[] = [
  // Every use of Endpoints is answered with a warning.
  /^Warning: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice\n?/gm,
];

/** A recorded text, in the words of v1.33. */
export function inNewWords(recorded: string): string {
  return NEW_WORDS.reduce((text, { from, to }) => text.replace(from, to), recorded);
}

/** A column of volumes and claims since v1.29, which shows `<unset>` where there is no VolumeAttributesClass. */
const NEW_COLUMN = /\bVOLUMEATTRIBUTESCLASS\b/;

/** A text without the lines, and the column, that v1.28 did not have. */
export function withoutNewLines(found: string): string {
  const text = NEW_LINES.reduce((rest, line) => rest.replace(line, ''), found);
  return NEW_COLUMN.test(text) ? text.replace(/(?:VOLUMEATTRIBUTESCLASS|<unset>) +/g, '') : text;
}

const VALUE = /((?:Invalid|Unsupported|Duplicate) value: )/g;
const GO_VALUE = /^(&?\[\]|&?map\[|&?[a-z0-9]+\.[A-Z])/;

/**
 * v1.28 prints structs in an error as Go writes them, v1.33 as JSON. The values are taken out of both texts where the recorded one is
 * a struct; path and reason around them are compared.
 */
export function withoutStructs(recorded: string, found: string): readonly [string, string] {
  const [a, b] = [recorded.split(VALUE), found.split(VALUE)];
  if (a.length !== b.length) return [recorded, found];
  for (let index = 2; index < a.length; index += 2) {
    if (!GO_VALUE.test(a[index]!)) continue;
    a[index] = `<VALUE>${a[index]!.slice(lengthOfValue(a[index]!))}`;
    b[index] = `<VALUE>${b[index]!.slice(lengthOfValue(b[index]!))}`;
  }
  return [a.join(''), b.join('')];
}

/** Where a value ends: at the colon that follows its last bracket. */
function lengthOfValue(text: string): number {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quoted) {
      if (char === '\\') at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if ('{[('.includes(char)) depth++;
    else if ('}])'.includes(char)) depth--;
    else if (depth === 0 && char === ':') return at;
  }
  return 0;
}

type Json = Record<string, unknown>;

/** An object without what v1.28 did not put into objects of its kind. */
export function sinceRecorded(object: unknown): unknown {
  const { kind, metadata, ...rest } = object as { kind: string; metadata: Json } & Json;
  if (kind === 'Pod') {
    // Pods count their generations since v1.33.
    const { generation: _generation, ...others } = metadata;
    return { kind, metadata: others, ...rest };
  }
  return object;
}
