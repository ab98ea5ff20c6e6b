/// <reference lib="webworker" />
import '../../sim-core/host/programs.ts';
import { evaluateLog } from '../../grading/evaluate.ts';
import { makeSubmission } from '../../grading/submission.ts';
import { prepareReplay } from '../../sim-core/host/session.ts';
import { COURSE_ID } from './course-of-build.ts';
import type { FromCheckWorker, ToCheckWorker } from './protocol.ts';

/** Judges a session by its log, away from the page and from the learner's own cluster. */
async function answer(message: ToCheckWorker): Promise<FromCheckWorker> {
  const { id, exercise, log } = message;
  if (message.type === 'check') return { type: 'report', id, report: await evaluateLog(exercise, log) };
  const { engine, learner, locale, files, savedAt } = message;
  const made = await makeSubmission({ course: COURSE_ID, exercise, engine, learner, locale, savedAt, log, files });
  return { type: 'submission', id, text: JSON.stringify(made.submission), report: made.report };
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
