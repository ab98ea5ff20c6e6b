import type { Locale } from './format/exercise.ts';

/** Why a file cannot be given the grade it asks for, in words. */
const PROBLEMS = {
  'too-large': {
    en: 'the file is larger than any submission can be (8 MiB)',
    ko: '파일이 제출물의 최대 크기(8 MiB)를 넘습니다',
  },
  unreadable: { en: 'the file cannot be read', ko: '파일을 읽을 수 없습니다' },
  'bad-archive': { en: 'the archive cannot be read', ko: '압축 파일을 읽을 수 없습니다' },
  'unsafe-path': {
    en: 'its name leads out of its folder, or it is a link: it was not opened',
    ko: '폴더 밖을 가리키는 이름이거나 링크이므로 열지 않았습니다',
  },
  'not-a-submission': { en: 'the file is not a Jotasu submission', ko: 'Jotasu 제출 파일이 아닙니다' },
  'only-a-code': {
    en: 'it holds a code, which says which file is meant, and not the file: ask for the .jotasu.json file',
    ko: '제출 파일이 아니라 코드만 들어 있습니다. 코드는 어느 파일인지만 알려 주므로 .jotasu.json 파일을 받아야 합니다',
  },
  'newer-format': {
    en: 'it was saved by a newer Jotasu than this one',
    ko: '현재 버전보다 새로운 Jotasu에서 저장한 파일입니다',
  },
  damaged: { en: 'the file is cut off or damaged', ko: '파일이 잘렸거나 손상되었습니다' },
  'unknown-exercise': { en: 'its exercise is not in this course', ko: '이 강좌에 없는 실습의 제출물입니다' },
  'other-exercise': { en: 'it belongs to another exercise', ko: '다른 실습의 제출물입니다' },
  'other-course': { en: 'it belongs to another course', ko: '다른 강좌의 제출물입니다' },
  'other-engine': {
    en: 'it was made with another version of the simulator, which is not kept here',
    ko: '여기에 보관되어 있지 않은 다른 버전의 시뮬레이터로 만든 제출물입니다',
  },
  'changed-exercise': {
    en: 'it was made with another version of the exercise, which is not kept here',
    ko: '여기에 보관되어 있지 않은 다른 버전의 실습으로 만든 제출물입니다',
  },
  'other-cluster': {
    en: 'it did not begin with the cluster that the exercise begins with',
    ko: '실습이 시작하는 클러스터가 아닌 다른 클러스터에서 시작했습니다',
  },
  'other-seed': {
    en: "it was not worked on as this learner's variant of the exercise",
    ko: '이 학습자에게 배정된 실습 변형으로 작업한 것이 아닙니다',
  },
  altered: {
    en: 'it was altered after it was saved (the hash chain does not hold)',
    ko: '저장한 뒤에 내용이 바뀌었습니다(해시 체인이 맞지 않습니다)',
  },
  'does-not-replay': { en: 'its log cannot be replayed', ko: '기록을 재생할 수 없습니다' },
  'score-differs': {
    en: 'the replay comes to another score than the file claims',
    ko: '재생한 결과의 점수가 파일에 적힌 점수와 다릅니다',
  },
  'state-differs': {
    en: 'the replay comes to another cluster than the file claims',
    ko: '재생한 클러스터의 상태가 파일에 적힌 상태와 다릅니다',
  },
  'too-slow': {
    en: 'its replay was stopped: it took longer than is allowed (see --timeout)',
    ko: '허용된 시간 안에 재생이 끝나지 않아 중단했습니다(--timeout 참고)',
  },
  'out-of-memory': {
    en: 'its replay was stopped: it needed more memory than is allowed',
    ko: '허용된 메모리를 넘어 재생을 중단했습니다',
  },
} as const;

/** Why a file cannot be given the grade it asks for. */
export type Problem = keyof typeof PROBLEMS;

/** A problem in words. */
export function describeProblem(problem: Problem, locale: Locale): string {
  return PROBLEMS[problem][locale];
}

/** More about a problem, for the instructor: in both languages; what a file or a computer says of itself, as it says it. */
export type Detail = string | Readonly<Record<Locale, string>>;

/** A detail in words. */
export function detailIn(detail: Detail, locale: Locale): string {
  return typeof detail === 'string' ? detail : detail[locale];
}

/** What was caught, as a detail. */
export function detailOf(error: unknown): Detail {
  return error instanceof Error ? error.message : String(error);
}
