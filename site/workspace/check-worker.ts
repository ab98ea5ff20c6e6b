/// <reference lib="webworker" />
import '../../sim-core/host/programs.ts';
import { gzipSync, strToU8 } from 'fflate';
import { evaluateLog } from '../../grading/evaluate.ts';
import { makeSubmission } from '../../grading/submission.ts';
import { codeOf, contentsOf } from '../../grading/submission-words.ts';
import { canonicalJson } from '../../sim-core/api/equality.ts';
import { prepareReplay } from '../../sim-core/host/session.ts';
import { COURSE_ID } from './course-of-build.ts';
import type { FromCheckWorker, ToCheckWorker } from './protocol.ts';

/** Larger files are packed. */
const PACK_ABOVE = 150 * 1024;

/** Judges a session by its log, away from the page and from the learner's own cluster. */
async function answer(message: ToCheckWorker): Promise<FromCheckWorker> {
  const { id, exercise, log } = message;
  if (message.type === 'check') return { type: 'report', id, report: await evaluateLog(exercise, log) };
  const { engine, learner, locale, files, savedAt } = message;
  const made = await makeSubmission({ course: COURSE_ID, exercise, engine, learner, locale, savedAt, log, files });
  const { submission, report } = made;
  const plain = strToU8(canonicalJson(submission)) as Uint8Array<ArrayBuffer>;
  const isPacked = plain.byteLength > PACK_ABOVE;
  // Without a time of its own: the same work makes the same file.
  const bytes = isPacked ? (gzipSync(plain, { level: 9, mtime: 0 }) as Uint8Array<ArrayBuffer>) : plain;
  return {
    type: 'submission',
    id,
    bytes,
    isPacked,
    contents: contentsOf(submission, locale),
    code: codeOf(submission),
    report,
  };
}

addEventListener('message', async ({ data }: MessageEvent<ToCheckWorker>) => {
  let message: FromCheckWorker;
  try {
    await prepareReplay(data.log);
    message = await answer(data);
  } catch (error) {
    message = { type: 'failed', id: data.id, message: error instanceof Error ? error.message : String(error) };
  }
  postMessage(message);
});
