import type { Exercise } from '../../grading/format/exercise.ts';
import type { SessionLog } from '../../sim-core/host/session.ts';
import type { Files } from '../workspace/files.svelte.ts';
import type { Report } from '../workspace/protocol.ts';
import type { ClusterSession } from '../workspace/session.svelte.ts';
import { altogether, BootError, type BootProblem, bootWithin, preflight, type Vendor, webContainer } from './boot.ts';
import { type Bundle, bundleAddress } from './bundle.ts';
import { ContainerRuntime } from './container-runtime.ts';

/** What is being done on the way into the container, in this order. */
export const BOOT_STEPS = ['connect', 'boot', 'mount', 'start', 'replay'] as const;
export type BootStep = (typeof BOOT_STEPS)[number];

/** What a machine takes from the workspace around it. */
export interface MachinePage {
  readonly engine: () => string;
  readonly exercise: () => Exercise;
  readonly session: ClusterSession;
  readonly files: Files;
  /** Ends what runs in the terminal: the cluster is about to move. */
  moving(): void;
  /** The log that was saved last: it is gone on with if the container is lost. */
  lastLog(): SessionLog | undefined;
}

/** Where the cluster runs: in this page's Worker, or in a container, into which it moves while the Worker works on. */
export class Machine {
  place = $state<'page' | 'booting' | 'container'>('page');
  step = $state<BootStep>('connect');
  /** When the boot and its step began: milliseconds on the page's clock. */
  begun = $state(0);
  stepBegun = $state(0);
  /** Why there is no container, after it was asked for. */
  problem = $state<BootProblem | 'lost' | undefined>(undefined);
  /** The cluster's backend there; undefined in the page. */
  runtime = $state.raw<ContainerRuntime | undefined>(undefined);
  private readonly page: MachinePage;
  private readonly vendor: Vendor;
  private attempt: ContainerRuntime | undefined;

  constructor(page: MachinePage, vendor: Vendor = webContainer) {
    this.page = page;
    this.vendor = vendor;
  }

  /** Boots the container and moves there. What goes wrong is in `problem`; the cluster is then where it was. */
  async enter(): Promise<void> {
    if (this.place !== 'page') return;
    this.problem = preflight();
    if (this.problem !== undefined) return;
    this.place = 'booting';
    this.begun = performance.now();
    this.at('connect');
    const runtime = this.makeRuntime();
    this.attempt = runtime;
    try {
      await altogether(this.move(runtime));
    } catch (error) {
      console.warn(error);
      this.attempt = undefined;
      this.place = 'page';
      this.problem = error instanceof BootError ? error.problem : 'failed';
      await runtime.dispose();
    }
  }

  /** Moves back into the page's Worker. */
  async leave(): Promise<void> {
    const { session } = this.page;
    if (this.place !== 'container' || session.client === undefined) return;
    await this.goOnHere(await session.client.log());
  }

  /** Gives up what is on its way, and what is there: another cluster takes its place, or the page goes. */
  async abandon(): Promise<void> {
    const runtime = this.runtime ?? this.attempt;
    this.attempt = undefined;
    this.runtime = undefined;
    this.place = 'page';
    await runtime?.dispose();
  }

  private makeRuntime(): ContainerRuntime {
    const { engine, files, session } = this.page;
    return new ContainerRuntime({
      boot: () => bootWithin(this.vendor, () => this.at('boot')),
      bundle: () => fetchBundle(engine()),
      step: (step) => {
        if (step !== 'container') this.at(step);
      },
      filesChanged: (changes) => files.take(changes),
      other: (message) => {
        if (message.type === 'live-report') session.report = (message as { type: string; report: Report }).report;
      },
    });
  }

  private async move(runtime: ContainerRuntime): Promise<void> {
    const { session, files, exercise, moving } = this.page;
    await runtime.prepare(files.toRecord());
    const { client, paused } = session;
    if (this.attempt !== runtime || client === undefined) return;
    this.at('replay');
    moving();
    // From here on the Worker stands still: the log is its whole story.
    session.clock({ type: 'pause' });
    try {
      const log = await client.log();
      await session.adopt(runtime.door, () =>
        runtime.boot({ cluster: log.cluster, log, files: files.toRecord(), speed: session.speed }),
      );
    } catch (error) {
      if (!paused) session.clock({ type: 'resume' });
      throw error;
    }
    if (this.attempt !== runtime) return;
    if (paused) session.clock({ type: 'pause' });
    runtime.send({ type: 'exercise', exercise: exercise() } as { type: string });
    runtime.door.onFailure(() => {
      if (this.runtime === runtime) void this.lost();
    });
    this.attempt = undefined;
    this.runtime = runtime;
    this.place = 'container';
  }

  /** The container's program has ended by itself. */
  private async lost(): Promise<void> {
    const log = this.page.lastLog();
    if (log === undefined) return;
    await this.goOnHere(log);
    this.problem = 'lost';
  }

  private async goOnHere(log: SessionLog): Promise<void> {
    const { session, exercise, moving } = this.page;
    const { runtime } = this;
    this.runtime = undefined;
    this.place = 'page';
    moving();
    await session.start(log.cluster, { exercise: exercise(), log });
    await runtime?.dispose();
  }

  private at(step: BootStep): void {
    if (this.step === step && this.stepBegun >= this.begun) return;
    this.step = step;
    this.stepBegun = performance.now();
  }
}

async function fetchBundle(engine: string): Promise<Bundle> {
  try {
    const answer = await fetch(bundleAddress(engine));
    if (!answer.ok) throw new Error(String(answer.status));
    const bundle = (await answer.json()) as Bundle;
    if (bundle.engine !== engine) throw new Error('it is of another version');
    return bundle;
  } catch (error) {
    throw new BootError('download', String(error));
  }
}
