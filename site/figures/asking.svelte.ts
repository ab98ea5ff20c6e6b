import { wallTime } from '../../sim-core/host/runtime/wall-time.ts';
import type { Strings } from '../i18n/index.ts';
import type { ClusterSession } from '../workspace/session.svelte.ts';
import { figureShell, typed } from './figure-shell.ts';
import { type AnswersModel, answerOf } from './lenses/answers.ts';

/** Milliseconds between one round of questions and the next. */
const EVERY = 1500;

/** Asks a figure's questions of its cluster again and again, beside what was answered when the site was built. */
export class Asking {
  /** With what is answered now; undefined until it was asked. */
  told = $state.raw<AnswersModel>();
  private readonly session: ClusterSession;
  private readonly answers: AnswersModel | undefined;
  private readonly opening: string;
  private readonly shell: ReturnType<typeof figureShell>;

  /** `answers`: those of the opening frame; undefined where the figure asks nothing. */
  constructor(session: ClusterSession, answers: AnswersModel | undefined, all: Strings) {
    this.session = session;
    this.answers = answers;
    this.opening = all.figures.answers.opening;
    // These questions are not the reader's: no log keeps them, and no request is told to have come of one.
    this.shell = figureShell(session, all.workspace.terminal, () => {});
  }

  /** The cluster is gone, and what it answered. */
  forget(): void {
    this.shell.forget();
    this.told = undefined;
  }

  /** Asks for as long as time passes, until the answered function is called. */
  keepAsking(): () => void {
    let over = false;
    const go = async () => {
      while (!over) {
        if (!this.session.paused) await this.ask().catch(() => {});
        await wallTime(EVERY);
      }
    };
    void go();
    return () => {
      over = true;
    };
  }

  private async ask(): Promise<void> {
    const { answers, opening, session } = this;
    const { client } = session;
    if (answers === undefined || client === undefined) return;
    const now = [];
    for (const { run } of answers.questions) {
      const { code, text } = await typed(this.shell, run);
      now.push(answerOf(text, code));
    }
    // Another cluster by now: these are the answers of one that is gone.
    if (session.client !== client) return;
    const { moments } = answers;
    // What was asked before stays beside it; else, what was answered at first.
    const before =
      moments.length > 1 ? moments.slice(0, -1) : [{ ...moments[0]!, label: { en: opening, ko: opening } }];
    this.told = { ...answers, moments: [...before, { label: undefined, answers: now }] };
  }
}
