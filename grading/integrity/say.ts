import type { Flag } from '../batch/graded.ts';
import type { Locale } from '../format/exercise.ts';

/** What a flag says, as something to look at. `{name}` is replaced by the value of that name. */
const SENTENCES: Readonly<Record<string, Readonly<Record<Locale, readonly [title: string, text: string]>>>> = {
  'same-file': {
    en: ['The same file', 'Byte for byte the file that another learner handed in.'],
    ko: ['같은 파일', '다른 학습자가 제출한 파일과 한 바이트도 다르지 않습니다.'],
  },
  'same-history': {
    en: [
      'The same history',
      '{count} of {of} commands stand at the same microsecond of the cluster’s clock as in the other submission. People who work apart do not meet that.',
    ],
    ko: [
      '같은 기록',
      '명령 {of}개 가운데 {count}개가 다른 제출물과 마이크로초까지 같은 시각에 있습니다. 따로 작업하면 일어나기 어려운 일입니다.',
    ],
  },
  'similar-commands': {
    en: [
      'Commands in common',
      '{count} commands in the same order that few others in the class used: {bits} bits above chance, {part} of what is particular about the shorter one.',
    ],
    ko: [
      '공통된 명령',
      '학급에서 거의 쓰지 않은 명령 {count}개가 같은 순서로 나옵니다. 우연보다 {bits}비트 높으며, 더 짧은 쪽의 고유한 부분 가운데 {part}입니다.',
    ],
  },
  'similar-code': {
    en: [
      'Passages in common',
      '{name} shares {similarity} of its passages with the other, without what was given and what many have written.',
    ],
    ko: [
      '공통된 코드',
      '{name} 파일의 {similarity}가 다른 제출물과 같습니다. 주어진 내용과 여러 사람이 쓴 부분은 제외한 값입니다.',
    ],
  },
  canary: {
    en: [
      'Somebody else’s value',
      '“{value}” was drawn for another learner and is nowhere in this learner’s own exercise. Found in: {where}',
    ],
    ko: [
      '다른 학습자의 값',
      '“{value}”은(는) 다른 학습자에게 주어진 값이며 이 학습자의 실습에는 나오지 않습니다. 발견한 곳: {where}',
    ],
  },
  'clock-back': {
    en: ['Clock set back', 'The machine’s clock went back by {span} in between.'],
    ko: ['되돌아간 시계', '작업 중에 컴퓨터의 시계가 {span} 뒤로 갔습니다.'],
  },
  'after-saving': {
    en: ['Work after saving', 'The last thing was done {span} after the moment at which the file says it was saved.'],
    ko: ['저장 뒤의 작업', '파일에 적힌 저장 시각보다 {span} 뒤에 한 작업이 들어 있습니다.'],
  },
  'before-open': {
    en: ['Work before the opening', 'The first thing was done {span} before the exercise opened.'],
    ko: ['시작 전의 작업', '실습이 열리기 {span} 전에 한 작업이 들어 있습니다.'],
  },
  'stamps-missing': {
    en: ['Times missing', '{count} of {of} entries of the log have no time of the machine, and the others have.'],
    ko: ['빠진 시각', '기록 {of}개 가운데 {count}개에만 컴퓨터의 시각이 없습니다.'],
  },
  'faster-than-typing': {
    en: ['Faster than typing', '{commands} commands within {seconds} s: as fast as they are pasted.'],
    ko: ['입력보다 빠른 명령', '명령 {commands}개가 {seconds}초 안에 들어왔습니다. 붙여 넣을 때의 속도입니다.'],
  },
  replay: {
    en: ['Does not replay as claimed', '{problem}.'],
    ko: ['재생 결과가 다름', '{problem}.'],
  },
};

export function titleOfFlag({ kind }: Flag, locale: Locale): string {
  return SENTENCES[kind]?.[locale][0] ?? kind;
}

/** A flag in words. A kind that is not known here says what it brought along. */
export function sayFlag(
  { kind, values, evidence }: Pick<Flag, 'kind' | 'values' | 'evidence'>,
  locale: Locale,
): string {
  const sentence = SENTENCES[kind]?.[locale][1];
  if (sentence === undefined) return evidence;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const own = Object.hasOwn(values, `${name}.${locale}`) ? values[`${name}.${locale}`] : undefined;
    return String(own ?? (Object.hasOwn(values, name) ? values[name] : whole));
  });
}
