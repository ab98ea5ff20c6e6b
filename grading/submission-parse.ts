import { gunzipSync } from 'fflate';
import { isObject } from '../sim-core/api/equality.ts';
import type { Detail, Problem } from './problems.ts';
import { FIRST_FORMAT, SUBMISSION_FAMILY, SUBMISSION_FORMAT, SUBMISSION_LIMIT, type Submission } from './submission.ts';
import { codeIn } from './submission-words.ts';

export type Parsed = { readonly submission: Submission } | { readonly problem: Problem; readonly detail?: Detail };

/** How deep a submission's JSON may nest. */
const MAX_DEPTH = 100;
const MAX_ENTRIES = 200_000;
/** Events that a submission's cluster may have run: weeks of a busy one. More would only keep the grader waiting. */
const MAX_EXECUTED = 20_000_000;
/** Characters of a learner's id or name. */
const MAX_NAME = 200;

/** Reads a submission file, packed or not, trusting nothing about it: every field is looked at before it is believed. */
export function parseSubmission(packed: Uint8Array): Parsed {
  if (packed.byteLength > SUBMISSION_LIMIT) return { problem: 'too-large' };
  const bytes = unpacked(packed);
  if ('problem' in bytes) return bytes;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problem: 'not-a-submission', detail: { en: 'the file is not UTF-8 text', ko: 'UTF-8 텍스트가 아닙니다' } };
  }
  const started = text.trimStart().startsWith('{') && text.includes(SUBMISSION_FAMILY);
  if (nestsTooDeep(text))
    return {
      problem: started ? 'damaged' : 'not-a-submission',
      detail: { en: `nested deeper than ${MAX_DEPTH} levels`, ko: `${MAX_DEPTH}단계보다 깊게 중첩되어 있습니다` },
    };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const code = started ? undefined : codeIn(text);
    if (code !== undefined) return { problem: 'only-a-code', detail: code };
    return {
      problem: started ? 'damaged' : 'not-a-submission',
      detail: { en: 'the file is not whole JSON', ko: '온전한 JSON이 아닙니다' },
    };
  }
  if (!isObject(value) || typeof value.format !== 'string' || !value.format.startsWith(SUBMISSION_FAMILY))
    return {
      problem: 'not-a-submission',
      detail: { en: `format is not ${SUBMISSION_FORMAT}`, ko: `format이 ${SUBMISSION_FORMAT}이 아닙니다` },
    };
  if (value.format !== SUBMISSION_FORMAT && value.format !== FIRST_FORMAT)
    return { problem: 'newer-format', detail: value.format.slice(0, 100) };
  const missing = firstWrong(value);
  return missing === undefined
    ? { submission: value as unknown as Submission }
    : {
        problem: 'damaged',
        detail: { en: `${missing} is missing or of the wrong type`, ko: `${missing}: 값이 없거나 형식이 다릅니다` },
      };
}

/** What a packed file holds. No more is unpacked than a submission may have, whatever it says of itself. */
function unpacked(bytes: Uint8Array): Uint8Array | { problem: Problem; detail?: Detail } {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.byteLength - 4, true);
    if (size > SUBMISSION_LIMIT) return { problem: 'too-large' };
    return gunzipSync(bytes, { out: new Uint8Array(size) });
  } catch {
    return { problem: 'damaged', detail: { en: 'it cannot be unpacked', ko: '압축을 풀 수 없습니다' } };
  }
}

function firstWrong(value: Record<string, unknown>): string | undefined {
  for (const field of ['course', 'exercise', 'exerciseHash', 'engine', 'savedAt', 'chain']) {
    if (typeof value[field] !== 'string') return field;
  }
  if (Number.isNaN(Date.parse(value.savedAt as string))) return 'savedAt';
  const { learner, locale, files, claim, log } = value;
  if (!isObject(learner) || !isName(learner.id) || !isName(learner.name)) return 'learner';
  if (locale !== 'en' && locale !== 'ko') return 'locale';
  if (!isObject(files) || Object.values(files).some((content) => typeof content !== 'string')) return 'files';
  if (!isObject(claim) || !isPoints(claim.points) || !isPoints(claim.of) || typeof claim.state !== 'string')
    return 'claim';
  if (!isObject(log)) return 'log';
  const { cluster, entries, until } = log;
  if (!isObject(cluster) || (typeof cluster.preset !== 'string' && !isObject(cluster.preset))) return 'log.cluster';
  if (cluster.seed !== undefined && !isCount(cluster.seed)) return 'log.cluster.seed';
  if (!isPlace(until) || (until as { executed: number }).executed > MAX_EXECUTED) return 'log.until';
  if (!Array.isArray(entries) || entries.length > MAX_ENTRIES) return 'log.entries';
  const bad = entries.findIndex((entry: unknown) => !isEntry(entry));
  if (bad >= 0) return `log.entries[${bad}]`;
  if (value.format === FIRST_FORMAT) return value.checkpoints === undefined ? undefined : 'checkpoints';
  return areCheckpoints(value.checkpoints, entries.length) ? undefined : 'checkpoints';
}

function areCheckpoints(value: unknown, entries: number): boolean {
  if (!Array.isArray(value) || value.length > entries) return false;
  let last = -1;
  return value.every((each: unknown) => {
    if (!isObject(each) || !isCount(each.entry) || typeof each.state !== 'string' || typeof each.link !== 'string')
      return false;
    const entry = each.entry as number;
    const rises = entry > last && entry < entries;
    last = entry;
    return rises;
  });
}

const INPUT_TYPES = new Set([
  'request',
  'open',
  'send',
  'close-input',
  'close',
  'fault',
  'component',
  'outside',
  'file',
  'note',
]);

function isEntry(entry: unknown): boolean {
  if (!isPlace(entry)) return false;
  const { input, wall } = entry as { input?: unknown; wall?: unknown };
  return (wall === undefined || isCount(wall)) && isInput(input);
}

function isInput(input: unknown): boolean {
  if (!isObject(input) || typeof input.type !== 'string' || !INPUT_TYPES.has(input.type)) return false;
  const { type } = input;
  if (type === 'note') return typeof input.text === 'string';
  if (type === 'file')
    return typeof input.path === 'string' && (input.content === null || typeof input.content === 'string');
  if (type === 'send') return isCount(input.channel) && typeof input.data === 'string';
  if (type === 'fault') return isObject(input.fault) && typeof input.fault.type === 'string';
  if (type === 'outside')
    return typeof input.port === 'number' && isObject(input.request) && typeof input.request.path === 'string';
  if (type === 'component')
    return (
      typeof input.name === 'string' &&
      (input.source === null || typeof input.source === 'string') &&
      (input.file === undefined || typeof input.file === 'string')
    );
  if (type !== 'request' && type !== 'open') return true;
  const { request } = input;
  return (
    isObject(request) &&
    typeof request.method === 'string' &&
    typeof request.path === 'string' &&
    request.path.length < 10_000
  );
}

function isPlace(value: unknown): boolean {
  return isObject(value) && isCount(value.time) && isCount(value.executed);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_NAME;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Points may be parts of a point. */
function isPoints(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Whether a JSON text nests deeper than is read: found before it is parsed, since parsing itself could run out of stack. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inside) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inside = false;
    } else if (code === 0x22) inside = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
