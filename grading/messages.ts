import type { Locale, Text } from './format/exercise.ts';

/** What a check found, as a key and the values that go into its sentence. */
export interface Message {
  readonly key: keyof typeof SENTENCES;
  /** A value is the same in every language, or has a text in each, or is a message itself. */
  readonly values: Readonly<Record<string, string | Text | Message>>;
}

/** Every sentence that checks say by themselves. `{name}` is replaced by the value of that name. */
const SENTENCES = {
  passed: { en: 'Done: {title}', ko: '완료했습니다: {title}' },
  'object-missing': {
    en: 'There is no {kind} {name} in namespace {namespace} yet. Create it, then look with: {look}',
    ko: '네임스페이스 {namespace}에 {kind} {name}이(가) 아직 없습니다. 만든 뒤 다음 명령으로 확인해 보십시오: {look}',
  },
  'object-different': {
    en: '{kind} {name}: {path} is {found}, and should be {expected}. Look at it with: {look}',
    ko: '{kind} {name}의 {path} 값이 {found}입니다. {expected}이어야 합니다. 다음 명령으로 살펴보십시오: {look}',
  },
  'object-field-missing': {
    en: '{kind} {name} has no {path} yet; it should be {expected}. Look at it with: {look}',
    ko: '{kind} {name}에 {path} 값이 아직 없습니다. {expected}이어야 합니다. 다음 명령으로 살펴보십시오: {look}',
  },
  'object-present': {
    en: '{kind} {name} is still there, and should not be.',
    ko: '{kind} {name}이(가) 아직 남아 있습니다. 없어야 합니다.',
  },
  'wrong-count': {
    en: 'Found {found} of kind {kind} in namespace {namespace} that fit; there should be {expected}. Look with: {look}',
    ko: '네임스페이스 {namespace}에서 조건에 맞는 {kind}을(를) {found}개 찾았습니다. {expected}개여야 합니다. 다음 명령으로 확인해 보십시오: {look}',
  },
  'no-service': {
    en: 'There is no Service {name} in namespace {namespace} to send a request to.',
    ko: '요청을 보낼 서비스 {name}이(가) 네임스페이스 {namespace}에 없습니다.',
  },
  'no-node-port': {
    en: 'Service {name} has no node port, so nobody outside the cluster can reach it. Its type is {found}.',
    ko: '서비스 {name}에 노드 포트가 없어 클러스터 밖에서 접근할 수 없습니다. 현재 타입은 {found}입니다.',
  },
  'http-failed': {
    en: 'A request to Service {name} got no answer: {found}. It selects {endpoints} ready pods.',
    ko: '서비스 {name}에 보낸 요청에 응답이 없었습니다: {found}. 이 서비스가 선택한 준비된 파드는 {endpoints}개입니다.',
  },
  'http-different': {
    en: 'Service {name} answered, but {path} is {found}, and should be {expected}.',
    ko: '서비스 {name}이(가) 응답했지만 {path} 값이 {found}입니다. {expected}이어야 합니다.',
  },
  'after-scenario': {
    en: 'In a copy of your cluster we tried: {actions}. Afterwards: {found}',
    ko: '클러스터의 복사본에서 다음을 시험했습니다: {actions}. 그 뒤의 상태: {found}',
  },
  'not-run': {
    en: 'This check runs when you press Check.',
    ko: '이 항목은 「확인」을 누를 때 검사합니다.',
  },
  'could-not-run': {
    en: 'This check could not be run: {found}. It counts as neither passed nor failed.',
    ko: '이 항목은 검사하지 못했습니다: {found}. 통과나 실패로 치지 않습니다.',
  },
} as const satisfies Record<string, Record<Locale, string>>;

/** A message as a sentence in a learner's language. */
export function say({ key, values }: Message, locale: Locale): string {
  return SENTENCES[key][locale].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return whole;
    if (typeof value === 'string') return value;
    return 'key' in value ? say(value, locale) : value[locale];
  });
}
