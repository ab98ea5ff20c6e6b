import type { Exercise } from '../../grading/format/exercise.ts';
import type { SessionLog } from '../../sim-core/host/session.ts';
import { NotLoaded, patiently } from './patiently.ts';
import type { FromCheckWorker, Report, SubmissionFile, ToCheckWorker } from './protocol.ts';

type Submission = Omit<Extract<ToCheckWorker, { type: 'submission' }>, 'type' | 'id'>;

/** Asks the checking Worker, which is started with the first question. */
export class Checker {
  private worker: Worker | undefined;
  private nextId = 1;
  private address: string | undefined;

  /** Judges by an older simulator from now on, whose Worker lies at that address; undefined: by this build's. */
  use(address: string | undefined): void {
    this.close();
    this.address = address;
  }

  async check(exercise: Exercise, log: SessionLog): Promise<Report> {
    const answer = await this.ask({ type: 'check', id: this.nextId++, exercise, log });
    if (answer.type === 'failed') throw new Error(answer.message);
    return answer.report;
  }

  async submission(input: Submission): Promise<SubmissionFile & { report: Report }> {
    const answer = await this.ask({ type: 'submission', id: this.nextId++, ...input });
    if (answer.type !== 'submission') throw new Error(answer.type === 'failed' ? answer.message : 'no submission');
    return answer;
  }

  close(): void {
    this.worker?.terminate();
    this.worker = undefined;
  }

  private ask(message: ToCheckWorker): Promise<FromCheckWorker> {
    return patiently(
      () => this.askOnce(message),
      (error) => error instanceof NotLoaded,
    );
  }

  private askOnce(message: ToCheckWorker): Promise<FromCheckWorker> {
    const { address } = this;
    this.worker ??=
      address === undefined
        ? new Worker(new URL('./check-worker.ts', import.meta.url), { type: 'module', name: 'check' })
        : new Worker(address, { type: 'module', name: 'check' });
    const { worker } = this;
    return new Promise((resolve, reject) => {
      const done = () => {
        worker.removeEventListener('message', hear);
        worker.removeEventListener('error', fail);
      };
      const hear = ({ data }: MessageEvent<FromCheckWorker>) => {
        if (data.id !== message.id) return;
        done();
        resolve(data);
      };
      const fail = (event: ErrorEvent) => {
        done();
        this.close();
        reject(event.message ? new Error(event.message) : new NotLoaded('the checking Worker could not be loaded'));
      };
      worker.addEventListener('message', hear);
      worker.addEventListener('error', fail);
      worker.postMessage(message);
    });
  }
}
