/** What a command printed at some moment, and whether it succeeded. */
export interface Answer {
  readonly text: string;
  readonly ok: boolean;
}

type Text = Readonly<Record<'en' | 'ko', string>>;

/** The same questions, asked of a cluster at several moments: what a program inside sees, before and after. */
export interface AnswersModel {
  readonly questions: readonly { readonly label: Text; readonly run: string }[];
  /** In the order in which they were asked; the last one is "now". */
  readonly moments: readonly { readonly label: Text | undefined; readonly answers: readonly Answer[] }[];
}

const MOST_LINES = 3;

/** What is worth showing of what a command printed: its last lines, without kubectl's own word about the exit code. */
export function answerOf(printed: string, code: number): Answer {
  const lines = printed
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !line.startsWith('command terminated with exit code'));
  return { text: lines.slice(-MOST_LINES).join('\n'), ok: code === 0 };
}
