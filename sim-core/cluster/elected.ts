import { LeaderElection, type LeaderElectionOptions } from '../controllers/leader-election.ts';
import type { Process } from '../images/process.ts';
import { klog } from '../network/daemon.ts';

/** What runs under a Lease: how it starts; the answer is how it stops. */
export interface ElectedOptions extends Pick<LeaderElectionOptions, 'engine' | 'transport' | 'name'> {
  readonly eventSource?: string;
  readonly releaseOnStop?: boolean;
  start(): { stop(): void };
}

/** Where each component says so. */
const LOST: Readonly<Record<string, string>> = { 'kube-controller-manager': 'controllermanager.go:347' };

/** Whether a component's command line has it stand for election: it does unless it is told not to. */
export function standsForElection({ argv }: Process): boolean {
  return !argv.includes('--leader-elect=false');
}

/**
 * Runs a component of the control plane as kube-controller-manager and kube-scheduler run: it stands for election under its host's name and an
 * identifier of this process, works while it holds the Lease, and ends with exit code 1 when it has lost it. Answers how to stop it;
 * `killed`: without a chance to give the Lease back.
 */
export function elected(process: Process, options: ElectedOptions): (killed: boolean) => void {
  const { name, start } = options;
  if (!standsForElection(process)) {
    const running = start();
    return () => running.stop();
  }
  const lock = `kube-system/${name}`;
  let running: { stop(): void } | undefined;
  process.stderr.write(
    `${klog(process, 'I', 'leaderelection.go:257')} attempting to acquire leader lease ${lock}...\n`,
  );
  const election = new LeaderElection({
    ...options,
    identity: `${process.network.hostname}_${process.random.uuid()}`,
    onStarted() {
      process.stderr.write(`${klog(process, 'I', 'leaderelection.go:271')} successfully acquired lease ${lock}\n`);
      running = start();
    },
    onStopped() {
      process.stderr.write(
        `${klog(process, 'I', 'leaderelection.go:297')} failed to renew lease ${lock}: context deadline exceeded\n`,
      );
      process.stderr.write(`${klog(process, 'E', LOST[name] ?? 'server.go:310')} "leaderelection lost"\n`);
      process.exit(1);
    },
  });
  return (killed) => {
    election.stop(killed);
    running?.stop();
  };
}
