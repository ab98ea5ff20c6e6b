import { forgetWork, loadWork, type SavedWork, saveWork } from './persistence.ts';
import { takeTurn } from './tab-turn.ts';

/** How long after a change the work is saved, and how long at the latest while more and more happens; milliseconds. */
const SAVE_AFTER = 500;
const SAVE_WITHIN = 2000;

/** Keeps a piece of work in this browser: soon after each change, in one tab at a time, and says when it cannot. */
export class Keeper {
  /** Whether all that was done is kept: it would be there again after a reload. */
  kept = $state(false);
  /** Why not: another tab has gone on with it, or this browser keeps nothing. */
  trouble = $state<'elsewhere' | 'refused' | undefined>(undefined);
  private readonly name: string;
  private readonly take: () => Promise<SavedWork | undefined>;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first change happened that is not saved. */
  private since: number | undefined;
  private stopped = false;
  private release: () => void = () => {};

  /** `take` gives the work as it is; undefined: there is nothing to be saved now. */
  constructor(name: string, take: () => Promise<SavedWork | undefined>) {
    this.name = name;
    this.take = take;
  }

  /** The work as it was kept. From now on it is this tab that keeps it. */
  async open(): Promise<SavedWork | undefined> {
    this.release = await takeTurn(
      this.name,
      () => this.save(),
      () => {
        this.stop();
        this.kept = false;
        this.trouble = 'elsewhere';
      },
    );
    return loadWork(this.name);
  }

  saveSoon(): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.kept = false;
    const now = performance.now();
    this.since ??= now;
    const wait = Math.max(0, Math.min(SAVE_AFTER, this.since + SAVE_WITHIN - now));
    this.timer = setTimeout(() => void this.save(), wait);
  }

  /** Saves now; what was saved is whole or is the version before. */
  async save(): Promise<void> {
    if (this.stopped) return;
    this.since = undefined;
    const work = await this.take();
    if (work === undefined || this.stopped) return;
    const last = this.timer;
    const saved = await saveWork(this.name, work);
    if (this.stopped) return;
    this.trouble = saved ? undefined : 'refused';
    // Not if something more was done meanwhile.
    this.kept = saved && this.timer === last;
  }

  /** Puts work aside that this build cannot go on with: it is not overwritten by what comes now. */
  async putAside(work: SavedWork): Promise<void> {
    await saveWork(`${this.name}@${work.engine}`, work);
  }

  async forget(): Promise<void> {
    clearTimeout(this.timer);
    if (!this.stopped) await forgetWork(this.name);
  }

  /** What is here is not saved any more. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Saves a last time, and leaves the turn to others. */
  close(): void {
    clearTimeout(this.timer);
    void this.save().finally(() => {
      this.stop();
      this.release();
    });
  }
}
