import { ANSWERS_FILE, answersIn } from '../../grading/answers.ts';
import { clusterOptions } from '../../grading/format/cluster-options.ts';
import type { Exercise, Locale } from '../../grading/format/exercise.ts';
import { instantiate } from '../../grading/format/variants.ts';
import { learnerSeed, PRACTICE_SEED } from '../../grading/seed.ts';
import type { Learner } from '../../grading/submission.ts';
import { componentInputs } from '../../sim-core/host/component-files.ts';
import { sleepBy } from '../../sim-core/host/runtime/cluster-clock.ts';
import type { SessionLog } from '../../sim-core/host/session.ts';
import { Machine } from '../container/machine.svelte.ts';
import type { Strings } from '../i18n/index.ts';
import { Checker } from './checker.ts';
import { COURSE_ID, HAS_VARIANTS } from './course-of-build.ts';
import { Files } from './files.svelte.ts';
import { Keeper } from './keeper.svelte.ts';
import { type EngineWorkers, keptEngine } from './kept-engine.ts';
import { knownLearner, rememberLearner } from './learner.ts';
import { NotLoaded } from './patiently.ts';
import type { SavedWork } from './persistence.ts';
import type { Report, SubmissionFile } from './protocol.ts';
import { ClusterSession } from './session.svelte.ts';
import { packWork, unpackWork } from './share.ts';
import { PageShell } from './shell.ts';
import { warmWorker } from './spare-worker.ts';

export interface WorkspaceOptions {
  readonly exercise: Exercise;
  /** Version of the simulator. */
  readonly engine: string;
  readonly language: Locale;
  readonly t: Strings['workspace'];
  readonly keeping: Strings['keeping'];
}

const NOTICE_FOR = 6000;
/** How long a workspace that goes may take to save, milliseconds. */
const LAST_SAVE = 250;

/** A text that is to be edited. */
export interface EditRequest {
  readonly name: string;
  readonly content: string;
  /** Ends it: with the text to be saved, or without. */
  done(text: string | undefined): void;
}

/** A learner's work on an exercise: the cluster, the files, the checks, and what is kept of them. */
export class Workspace {
  readonly session = new ClusterSession();
  /** A copy of the cluster in which something is tried; while it is there, everything the learner does goes there. */
  whatIf = $state.raw<ClusterSession | undefined>(undefined);
  readonly files = new Files();
  readonly shell: PageShell;
  /** Where the cluster runs. */
  readonly machine: Machine;
  /** What keeps the work between visits. */
  readonly keeper: Keeper;
  /** A text that a command of the terminal waits for to be edited: `vi`, `kubectl edit`. */
  editing = $state.raw<EditRequest | undefined>(undefined);
  /** What the last press on Check came to; until then the live checks speak. */
  checked = $state.raw<Report | undefined>(undefined);
  checking = $state(false);
  notice = $state('');
  /** The seed that the cluster and its variants follow from. */
  seed = $state(PRACTICE_SEED);
  /** Who works here, as far as they have said. */
  learner = $state.raw<Learner | undefined>(undefined);
  private readonly options: WorkspaceOptions;
  private readonly checker = new Checker();
  /** The simulator that the cluster runs on: an older one's Workers, if the work was begun with that. */
  private engine: string;
  private workers: EngineWorkers | undefined;
  private lastLog: SessionLog | undefined;

  constructor(options: WorkspaceOptions) {
    this.options = options;
    this.engine = options.engine;
    this.keeper = new Keeper(options.exercise.id, () => this.saved());
    const { session, files } = this;
    this.shell = new PageShell({
      ready: () => this.active.whenUp(),
      client: () => {
        const { client } = this.active;
        return client === undefined ? undefined : { rest: client, token: client.token };
      },
      now: () => this.active.now() / 1000,
      sleep: (milliseconds, signal) => sleepBy(session, milliseconds, signal),
      note: (line) => {
        this.active.client?.input({ type: 'note', text: line });
        this.keeper.saveSoon();
      },
      edit: (path, content, signal) => this.edit(path, content, signal),
      files: {
        names: () => files.names,
        read: (name) => files.read(name),
        write: (name, content) => files.write(name, content),
        remove: (name) => files.remove(name),
      },
      words: options.t.terminal,
    });
    this.machine = new Machine({
      engine: () => this.engine,
      exercise: () => options.exercise,
      session,
      files,
      moving: () => this.shell.forget(),
      lastLog: () => this.lastLog,
    });
    files.onChange = (path, content) => {
      const { runtime } = this.machine;
      if (runtime === undefined) session.client?.input({ type: 'file', path, content });
      else runtime.updateFiles({ [path]: content }).catch((error: unknown) => console.error(error));
      this.keeper.saveSoon();
    };
    session.onFrame((frame) => {
      if (frame.changes.length > 0) this.keeper.saveSoon();
    });
  }

  /** The exercise as this learner has it: variants filled in. */
  get exercise(): Exercise {
    return instantiate(this.options.exercise, this.seed);
  }

  /** Whether the exercise differs from learner to learner. */
  get isVaried(): boolean {
    return this.options.exercise.variants !== undefined;
  }

  /** Whether what differs from learner to learner is not yet that of the learner of this id. */
  isOthers(id: string): boolean {
    return this.options.exercise.variants !== undefined && this.seed !== this.seedOf(id);
  }

  /** The answers to the exercise's questions, by question. */
  get answers(): Readonly<Record<string, string>> {
    return answersIn(this.files.read(ANSWERS_FILE));
  }

  answer(question: string, value: string): void {
    this.files.write(ANSWERS_FILE, JSON.stringify({ ...this.answers, [question]: value }));
  }

  /** Puts a file of the learner's in its component's place. */
  applyComponent(file: string): void {
    const { components = {} } = this.exercise;
    const places = Object.fromEntries(Object.entries(components).filter(([name]) => name === file));
    const contents = new Map(Object.entries(this.files.toRecord()));
    for (const input of componentInputs(places, contents)) this.active.client?.input(input);
    this.keeper.saveSoon();
  }

  /** Starts over as the learner that they say they are, with that learner's variant. */
  async beginAs(learner: Learner): Promise<void> {
    this.know(learner);
    await this.reset();
  }

  /** Remembers who works here. */
  know(learner: Learner): void {
    this.learner = learner;
    rememberLearner(learner);
  }

  private seedOf(id: string): number {
    return HAS_VARIANTS ? learnerSeed(COURSE_ID, this.options.exercise.id, id) : PRACTICE_SEED;
  }

  /** The cluster that the learner sees and steers. */
  get active(): ClusterSession {
    return this.whatIf ?? this.session;
  }

  /** Somebody reaches for a copy of the cluster: what has happened so far is made again already. */
  async prepareTrial(at?: number): Promise<void> {
    const { client } = this.session;
    // An older simulator's copy is made by that simulator.
    if (client === undefined || this.whatIf !== undefined || this.workers !== undefined) return;
    warmWorker();
    const log = await client.log().catch(() => undefined);
    if (log !== undefined && this.session.client === client) warmWorker({ log, at: at ?? log.until.time });
  }

  /**
   * Makes a copy of the cluster in another Worker, as it is or as it was at a past moment (virtual microseconds), and goes on there. The
   * cluster itself stands still until the learner returns.
   */
  async tryOut(at?: number): Promise<void> {
    const { client, still } = this.session;
    if (client === undefined || this.whatIf !== undefined) return;
    const log = await client.log();
    const copy = new ClusterSession();
    copy.still = still;
    copy.speed = this.session.speed;
    await copy.start(log.cluster, { log, at: at ?? log.until.time, engine: this.workers?.cluster });
    this.session.clock({ type: 'pause' });
    this.shell.forget();
    this.whatIf = copy;
  }

  /** Leaves the copy; the cluster goes on where it stood. */
  async returnFromTrial(): Promise<void> {
    this.whatIf?.stop();
    this.whatIf = undefined;
    this.shell.forget();
    await this.session.lookAt(undefined);
    this.session.clock({ type: 'resume' });
  }

  /** Starts where the learner left off, or at the beginning. */
  async open(): Promise<void> {
    const { engine, t, keeping } = this.options;
    const linked = unpackWork(location.hash);
    // A link is opened once: what comes of it is the learner's own from then on.
    if (linked !== undefined) history.replaceState(null, '', location.pathname + location.search);
    const kept = await this.keeper.open();
    const saved = linked ?? kept;
    this.learner = knownLearner();
    this.files.replaceAll(saved?.files ?? this.exercise.files);
    if (saved !== undefined) {
      this.workers = saved.engine === engine ? undefined : await keptEngine(saved.engine);
      if (saved.engine === engine || this.workers !== undefined) {
        try {
          await this.resume(saved);
          this.tell(saved.engine === engine ? t.resumed : keeping.older(saved.engine));
          return;
        } catch {
          // The log does not fit its simulator after all; the files do.
        }
      }
      this.useEngine(undefined);
      await this.keeper.putAside(saved);
      this.tell(t.notResumed);
    }
    this.seed = this.ownSeed();
    await this.boot();
  }

  /** Starts over: another cluster, the files of the beginning. */
  async reset(): Promise<void> {
    this.whatIf?.stop();
    this.whatIf = undefined;
    await this.keeper.forget();
    this.useEngine(undefined);
    this.notice = '';
    this.checked = undefined;
    this.seed = this.ownSeed();
    this.files.replaceAll(this.exercise.files);
    const { runtime } = this.machine;
    if (runtime === undefined) {
      await this.machine.abandon();
      await this.boot();
      return;
    }
    this.shell.forget();
    const options = { cluster: clusterOptions(this.exercise, this.seed), files: this.files.toRecord() };
    await this.session.adopt(runtime.door, () => runtime.boot(options));
  }

  /** The learner's work as plain data: what is saved, shared and exported. */
  async takeWork(): Promise<SavedWork> {
    const { checked, engine } = this;
    const files = this.files.toRecord();
    return { log: await this.log(), files, engine, ...(checked === undefined ? {} : { report: checked }) };
  }

  /** A link that carries the cluster and the files as they are now. */
  async link(): Promise<string> {
    return `${location.origin}${location.pathname}${location.search}#${packWork(await this.takeWork())}`;
  }

  /** Runs every check on a replay of what was done. */
  async check(): Promise<Report> {
    const log = await this.log();
    this.checking = true;
    try {
      this.checked = await this.checker.check(this.options.exercise, log);
      this.keeper.saveSoon();
      return this.checked;
    } finally {
      this.checking = false;
    }
  }

  /** A submission, to be saved. */
  async submission(learner: { id: string; name: string }): Promise<SubmissionFile> {
    const { exercise, language } = this.options;
    const { engine } = this;
    const log = await this.log();
    const { report, ...file } = await this.checker.submission({
      exercise,
      engine,
      learner,
      log,
      locale: language,
      files: this.files.toRecord(),
      savedAt: new Date().toISOString(),
    });
    this.checked = report;
    return file;
  }

  /** Deletes an object, as a press of a button in the picture asks. */
  async delete(path: string, command: string): Promise<void> {
    const { client } = this.active;
    if (client === undefined) return;
    client.input({ type: 'note', text: command });
    await client.request({
      method: 'DELETE',
      path,
      headers: { authorization: `Bearer ${client.token}`, 'user-agent': 'jotasu' },
    });
    this.keeper.saveSoon();
  }

  close(): void {
    this.keeper.close();
    this.whatIf?.stop();
    // Its last log is on its way out of the cluster: that is ended in a later turn.
    const { machine, session, checker } = this;
    setTimeout(() => {
      void machine.abandon();
      session.stop();
      checker.close();
    }, LAST_SAVE);
  }

  /** What is to be kept now; undefined while nothing runs. */
  private async saved(): Promise<SavedWork | undefined> {
    const { client, status } = this.session;
    if (client === undefined || status !== 'running') return undefined;
    const work = await this.takeWork().catch(() => undefined);
    // Another cluster may have taken the place of the one that was asked.
    if (work === undefined || this.session.client !== client) return undefined;
    this.lastLog = work.log;
    return work;
  }

  /** Goes on with work on the simulator that it was begun with. */
  private async resume(saved: SavedWork): Promise<void> {
    this.seed = saved.log.cluster.seed ?? PRACTICE_SEED;
    this.useEngine(this.workers, saved.engine);
    await this.boot(saved.log);
    this.checked = saved.report;
  }

  private useEngine(workers: EngineWorkers | undefined, engine = this.options.engine): void {
    this.workers = workers;
    this.engine = workers === undefined ? this.options.engine : engine;
    this.checker.use(workers?.check);
  }

  /** Shows a sentence for a while. */
  private tell(sentence: string): void {
    this.notice = sentence;
    setTimeout(() => {
      if (this.notice === sentence) this.notice = '';
    }, NOTICE_FOR);
  }

  private async boot(log?: SessionLog): Promise<void> {
    const { exercise } = this.options;
    this.shell.forget();
    let runs = false;
    try {
      const options = { exercise, engine: this.workers?.cluster, log };
      runs = await this.session.start(clusterOptions(this.exercise, this.seed), options);
    } catch (error) {
      // The stage tells of it.
      if (!(error instanceof NotLoaded)) throw error;
    }
    if (!runs || log !== undefined) return;
    for (const path of this.files.names) {
      this.session.client?.input({ type: 'file', path, content: this.files.read(path)! });
    }
  }

  /** The seed of the learner who is known, or that of practice. */
  private ownSeed(): number {
    const graded = this.options.exercise.steps.length > 0;
    return this.learner === undefined || !graded ? PRACTICE_SEED : this.seedOf(this.learner.id);
  }

  private async log(): Promise<SessionLog> {
    const { client } = this.session;
    if (client === undefined) throw new Error('the cluster is not running');
    return client.log();
  }

  /** Shows a text in the editor until it is saved or given up. */
  private edit(path: string, content: string, signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve) => {
      const done = (text: string | undefined) => {
        this.editing = undefined;
        signal.removeEventListener('abort', give);
        resolve(text);
      };
      const give = () => done(undefined);
      signal.addEventListener('abort', give);
      this.editing = { name: path.slice(path.lastIndexOf('/') + 1), content, done };
      if (signal.aborted) give();
    });
  }
}
