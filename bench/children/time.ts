/**
 * In a fresh process: an hour of a three-worker cluster with 30 pods is made again from its log, as a copy is ("What if?"), and the cluster is
 * looked at as it was 10,000 revisions ago. Prints milliseconds as JSON: the copy in a simulator that has only brought a cluster up before, as a
 * page's spare Worker has; the copy of one that is prepared, as it is when somebody reaches for the button; and looking back.
 */
import { execFileSync } from 'node:child_process';
import '../../sim-core/host/programs.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import { fork, goOn } from '../../sim-core/host/fork.ts';
import { changesBetween } from '../../sim-core/host/look-back.ts';
import { replay, Session } from '../../sim-core/host/session.ts';
import { creation } from './web.ts';

const PODS = 30;
const REVISIONS = 10_000;

function timed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

if (process.argv[2] === 'make') {
  const session = new Session({ preset: 'three-workers', seed: 1 });
  const { engine } = session.cluster;
  engine.settle();
  session.apply({ type: 'request', id: 1, request: creation(PODS) });
  engine.settle();
  engine.runUntil(engine.now + 3600 * SECOND);
  process.stdout.write(JSON.stringify(session.log()));
} else {
  // By another process: this one has only brought a cluster up before, as the page's spare Worker has.
  const text = execFileSync(process.execPath, [process.argv[1]!, 'make'], { encoding: 'utf8' });
  const made = JSON.parse(text) as ReturnType<Session['log']>;
  new Session({ preset: 'three-workers', seed: 1 }).cluster.engine.settle();
  const { time } = made.until;
  const atOnce = timed(() => fork(made, time));
  const ahead = fork(made, time - SECOND);
  const prepared = timed(() => {
    if (!goOn(ahead, made, time)) throw new Error('the prepared copy is of no use');
  });
  const { cluster } = replay(made);
  while (cluster.store.revision < REVISIONS + 100) cluster.engine.runUntil(cluster.engine.now + 600 * SECOND);
  const now = cluster.store.revision;
  const back = timed(() => changesBetween(cluster.store, now, now - REVISIONS));
  process.stdout.write(JSON.stringify({ atOnce, prepared, back }));
}
