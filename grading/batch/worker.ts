import { parentPort, workerData } from 'node:worker_threads';
import { Grader, type Job, type WorkSetup } from './work.ts';

/** Grades the files that it is sent, one at a time. */
const grader = new Grader(workerData as WorkSetup);

parentPort!.on('message', async (job: Job) => {
  parentPort!.postMessage(await grader.work(job));
});
