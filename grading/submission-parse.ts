import { isObject } from '../sim-core/api/equality.ts';
import type { Problem } from './grade.ts';
import { SUBMISSION_FORMAT, type Submission } from './submission.ts';

export type Parsed = { readonly submission: Submission } | { readonly problem: Problem; readonly detail: string };

/** How deep a submission's JSON may nest. */
const MAX_DEPTH = 100;
const MAX_ENTRIES = 200_000;
/** Events that a submission's cluster may have run: weeks of a busy one. More would only keep the grader waiting. */
const MAX_EXECUTED = 20_000_000;

/** Reads a submission file, trusting nothing about it: every field is looked at before it is believed. */
export function parseSubmission(bytes: Uint8Array): Parsed {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { problem: 'not-a-submission', detail: 'the file is not UTF-8 text' };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const started = text.trimStart().startsWith('{') && text.includes(SUBMISSION_FORMAT);
    return {
      problem: started ? 'damaged' : 'not-a-submission',
      detail: error instanceof Error ? error.message : String(error),
    };
  }
  if (!isObject(value) || value.format !== SUBMISSION_FORMAT)
    return { problem: 'not-a-submission', detail: `format is not ${SUBMISSION_FORMAT}` };
  if (depthOf(value) > MAX_DEPTH) return { problem: 'damaged', detail: `nested deeper than ${MAX_DEPTH} levels` };
  const missing = firstWrong(value);
  return missing === undefined
    ? { submission: value as unknown as Submission }
    : { problem: 'damaged', detail: `${missing} is missing or of the wrong type` };
}

function firstWrong(value: Record<string, unknown>): string | undefined {
  for (const field of ['course', 'exercise', 'exerciseHash', 'engine', 'savedAt', 'chain']) {
    if (typeof value[field] !== 'string') return field;
  }
  const { learner, locale, files, claim, log } = value;
  if (!isObject(learner) || typeof learner.id !== 'string' || typeof learner.name !== 'string') return 'learner';
  if (locale !== 'en' && locale !== 'ko') return 'locale';
  if (!isObject(files) || Object.values(files).some((content) => typeof content !== 'string')) return 'files';
  if (!isObject(claim) || !isCount(claim.points) || !isCount(claim.of) || typeof claim.state !== 'string')
    return 'claim';
  if (!isObject(log)) return 'log';
  const { cluster, entries, until } = log;
  if (!isObject(cluster) || (typeof cluster.preset !== 'string' && !isObject(cluster.preset))) return 'log.cluster';
  if (!isPlace(until) || (until as { executed: number }).executed > MAX_EXECUTED) return 'log.until';
  if (!Array.isArray(entries) || entries.length > MAX_ENTRIES) return 'log.entries';
  const bad = entries.findIndex((entry: unknown) => !isPlace(entry) || !isInput((entry as { input?: unknown }).input));
  return bad < 0 ? undefined : `log.entries[${bad}]`;
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

function isInput(input: unknown): boolean {
  if (!isObject(input) || typeof input.type !== 'string' || !INPUT_TYPES.has(input.type)) return false;
  if (input.type === 'component')
    return (
      typeof input.name === 'string' &&
      (input.source === null || typeof input.source === 'string') &&
      (input.file === undefined || typeof input.file === 'string')
    );
  if (input.type !== 'request' && input.type !== 'open') return true;
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

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (level.length > 0 && depth <= MAX_DEPTH) {
    depth++;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return depth;
}
