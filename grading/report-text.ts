import type { CheckResult, Report } from './evaluate.ts';
import type { Exercise, Locale } from './format/exercise.ts';
import { describeProblem, type Grading } from './grade.ts';
import { say } from './messages.ts';

/** Neutralises what a terminal, a page or a spreadsheet would act on in a text that a learner wrote. */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�');
}

const WORDS = {
  title: { en: 'Feedback', ko: '피드백' },
  learner: { en: 'Learner', ko: '학습자' },
  exercise: { en: 'Exercise', ko: '실습' },
  points: { en: 'Points', ko: '점수' },
  passed: { en: 'done', ko: '완료' },
  failed: { en: 'not yet', ko: '미완료' },
  'not-run': { en: 'not checked', ko: '검사하지 못함' },
  problem: { en: 'This submission could not be given a grade', ko: '이 제출물은 채점하지 못했습니다' },
  next: {
    en: 'Please save the submission again from the exercise page and hand in that file unchanged. Your lecturer sees this message too.',
    ko: '실습 페이지에서 제출 파일을 다시 저장한 뒤, 내용을 바꾸지 말고 그대로 제출해 주십시오. 이 메시지는 담당 교수자에게도 전달됩니다.',
  },
} as const;

/** What a learner is told about one submission: Markdown, in their language. */
export function feedbackText({ submission, report, problem }: Grading, exercise: Exercise | undefined): string {
  const locale: Locale = submission?.locale ?? 'ko';
  const word = (key: keyof typeof WORDS) => WORDS[key][locale];
  const lines = [`# ${word('title')}`, ''];
  if (submission !== undefined) {
    lines.push(`- ${word('learner')}: ${plainText(submission.learner.name)} (${plainText(submission.learner.id)})`);
    lines.push(`- ${word('exercise')}: ${exercise?.title[locale] ?? plainText(submission.exercise)}`);
  }
  if (problem !== undefined) {
    lines.push('', `**${word('problem')}**: ${describeProblem(problem, locale)}`, '', word('next'));
    return `${lines.join('\n')}\n`;
  }
  if (report !== undefined)
    lines.push(`- ${word('points')}: ${report.points} / ${report.of}`, '', ...reportLines(report, locale));
  return `${lines.join('\n')}\n`;
}

function reportLines({ results }: Report, locale: Locale): string[] {
  return results.flatMap((result) => {
    const state = WORDS[result.status][locale];
    const head = `## ${result.status === 'passed' ? '✓' : '·'} ${result.title[locale]} — ${state} (${result.points}/${result.of})`;
    const text = explain(result, locale);
    return text === undefined ? [head, ''] : [head, '', text, ''];
  });
}

/** What is said about a check that did not pass. */
export function explain({ status, message, mistake }: CheckResult, locale: Locale): string | undefined {
  if (status === 'passed') return undefined;
  if (mistake !== undefined) return mistake.say[locale];
  return message === undefined ? undefined : plainText(say(message, locale));
}
