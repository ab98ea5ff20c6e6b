/// <reference lib="webworker" />
import { evaluateLive } from '../../grading/evaluate-live.ts';
import type { Exercise } from '../../grading/format/exercise.ts';
import { GatedDoor } from '../../sim-core/host/gated-door.ts';
import type { FromClusterWorker, ToClusterWorker } from './protocol.ts';

/** A cluster in a Web Worker, and beside it the checks that can be asked of a living cluster after every change. */
const CHECK_EVERY = 250;

const post = (message: FromClusterWorker): void => postMessage(message);

let exercise: Exercise | undefined;
let waiting = false;
let lastReport = '';

const door = new GatedDoor(
  {
    post(message) {
      post(message);
      if (message.type === 'booted' || (message.type === 'frame' && message.frame.changes.length > 0)) checkSoon();
    },
    wall: () => Math.floor(performance.now() * 1000),
    date: () => Date.now(),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    report: (error) => console.error(error),
  },
  () => import('../../sim-core/host/programs.ts'),
  async () => (await import('../../sim-core/apiserver/rest/documents.ts')).apiDocuments(),
);

function checkSoon(): void {
  if (waiting) return;
  waiting = true;
  setTimeout(check, CHECK_EVERY);
}

function check(): void {
  waiting = false;
  const { cluster } = door.host;
  if (exercise === undefined || cluster === undefined) return;
  const report = evaluateLive(exercise, cluster);
  const text = JSON.stringify(report);
  if (text === lastReport) return;
  lastReport = text;
  post({ type: 'live-report', report });
}

addEventListener('message', ({ data }: MessageEvent<ToClusterWorker>) => {
  if (data.type === 'exercise') {
    exercise = data.exercise;
    lastReport = '';
    checkSoon();
  } else {
    if (data.type === 'boot') lastReport = '';
    door.receive(data);
  }
});
