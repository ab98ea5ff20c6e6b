import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { DEFAULT_EPOCH } from '../sim-core/cluster/cluster.ts';
import type { Locale } from './format/exercise.ts';
import { plainText } from './report-text.ts';
import type { Submission } from './submission.ts';

/** Without I, L, O and U, which are read as others, or read aloud badly. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE = /\b(\d+(?:\.\d+)?)of(\d+(?:\.\d+)?)-([0-9A-Z]{4})-([0-9A-Z]{4})\b/i;

/**
 * A short text that stands for a submission in a field of an LMS: its points, and forty bits of the hash of its chain (`8of10-7K3M-Q2XA`). The
 * file alone says whether it is right.
 */
export function codeOf({ claim, chain }: Pick<Submission, 'claim' | 'chain'>): string {
  const digest = sha256(utf8ToBytes(`code ${chain} ${claim.points}/${claim.of}`));
  let bits = 0n;
  for (const byte of digest.slice(0, 5)) bits = (bits << 8n) | BigInt(byte);
  const signs = Array.from({ length: 8 }, (_, index) => SIGNS[Number((bits >> BigInt(35 - 5 * index)) & 31n)]).join('');
  return `${claim.points}of${claim.of}-${signs.slice(0, 4)}-${signs.slice(4)}`;
}

/** The code in a text that somebody pasted, as `codeOf` writes it; undefined: there is none. */
export function codeIn(text: string): string | undefined {
  const match = CODE.exec(text.slice(0, 10_000));
  if (match === null) return undefined;
  const [, points = '', of = '', ...halves] = match;
  const signs = halves.map((half) => half.toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1'));
  return `${Number(points)}of${Number(of)}-${signs.join('-')}`;
}

const WORDS = {
  en: {
    who: 'You',
    number: 'number',
    exercise: 'Exercise',
    course: 'course',
    score: 'Score',
    saved: 'Saved',
    commands: (count: number, inputs: number) =>
      `Everything you did to the cluster: ${count} command lines, ${inputs} inputs in all`,
    time: (text: string) => `The cluster's time: ${text}`,
    files: (count: number, names: string) => `Your files: ${count}${count === 0 ? '' : ` (${names})`}`,
    clock: 'When you typed each of them, as your clock had it',
    noClock: 'Not when you typed them: an earlier version of Jotasu saved this',
    nothing: 'Nothing else of this computer: no other files, no browser history, no addresses',
    engine: 'Simulator',
    code: 'Code',
    more: (count: number) => `and ${count} more`,
  },
  ko: {
    who: '제출자',
    number: '학번',
    exercise: '실습',
    course: '강좌',
    score: '점수',
    saved: '저장한 시각',
    commands: (count: number, inputs: number) => `클러스터에서 한 모든 일: 명령줄 ${count}개, 입력은 모두 ${inputs}개`,
    time: (text: string) => `클러스터에서 흐른 시간: ${text}`,
    files: (count: number, names: string) => `작성한 파일: ${count}개${count === 0 ? '' : ` (${names})`}`,
    clock: '각 명령을 입력한 시각(이 컴퓨터의 시계 기준)',
    noClock: '명령을 입력한 시각은 없음(이전 버전의 Jotasu에서 저장한 파일)',
    nothing: '이 컴퓨터의 다른 정보는 들어 있지 않습니다. 다른 파일, 방문 기록, 주소는 없습니다',
    engine: '시뮬레이터',
    code: '코드',
    more: (count: number) => `외 ${count}개`,
  },
} as const;

/** How many names of files are listed. */
const NAMES = 8;

/** What is in a submission, in plain words, a line each. */
export function contentsOf(submission: Submission, locale: Locale): string[] {
  const words = WORDS[locale];
  const { learner, exercise, course, claim, savedAt, log, files, engine } = submission;
  const commands = log.entries.filter(({ input }) => input.type === 'note').length;
  const names = Object.keys(files).sort();
  const listed = names.slice(0, NAMES).join(', ');
  const rest = names.length > NAMES ? ` ${words.more(names.length - NAMES)}` : '';
  const hasClock = log.entries.some(({ wall }) => wall !== undefined);
  return [
    `${words.who}: ${learner.name} (${words.number} ${learner.id})`,
    `${words.exercise}: ${exercise} (${words.course} ${course})`,
    `${words.score}: ${claim.points} / ${claim.of}`,
    `${words.saved}: ${timeIn(savedAt, locale)}`,
    words.commands(commands, log.entries.length),
    ...(log.entries.length === 0 ? [] : [hasClock ? words.clock : words.noClock]),
    words.time(duration((log.until.time - (log.cluster.epoch ?? DEFAULT_EPOCH)) / 1_000_000)),
    words.files(names.length, listed + rest),
    `${words.engine}: ${engine}`,
    words.nothing,
    `${words.code}: ${codeOf(submission)}`,
  ].map(plainText);
}

/** A time as the reader's clock shows it, with its time zone; a text that is no time stays as it is. */
function timeIn(iso: string, locale: Locale): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return time.toLocaleString(locale, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  });
}

/** `1:02:03`, hours only when there are some. */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
