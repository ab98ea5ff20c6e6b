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
  'http-answered': {
    en: 'A request to {name} was answered ({status}), and should not have come through.',
    ko: '{name}에 보낸 요청에 응답이 왔습니다({status}). 응답이 오지 않아야 합니다.',
  },
  'url-failed': {
    en: 'A request from {from} to {url} got no answer: {found}.',
    ko: '{from}에서 {url}에 보낸 요청에 응답이 없었습니다: {found}.',
  },
  'url-different': {
    en: 'A request from {from} to {url} was answered, but {path} is {found}, and should be {expected}.',
    ko: '{from}에서 {url}에 보낸 요청에 응답이 왔지만 {path} 값이 {found}입니다. {expected}이어야 합니다.',
  },
  'from-missing': {
    en: 'Nothing could be sent from {from}: nothing runs there.',
    ko: '{from}에서 요청을 보낼 수 없었습니다. 그곳에서 실행 중인 것이 없습니다.',
  },
  'dns-unknown': {
    en: 'From {from}, the name {name} leads nowhere: {found}.',
    ko: '{from}에서 이름 {name}을(를) 찾지 못했습니다: {found}.',
  },
  'dns-different': {
    en: 'From {from}, the name {name} leads to {found}, and should lead to {expected}.',
    ko: '{from}에서 이름 {name}의 주소가 {found}입니다. {expected}이어야 합니다.',
  },
  'tcp-closed': {
    en: 'From {from}, no connection to {to} comes about: {found}.',
    ko: '{from}에서 {to}에 연결할 수 없습니다: {found}.',
  },
  'tcp-open': {
    en: 'From {from}, {to} takes connections, and should not.',
    ko: '{from}에서 {to}에 연결이 됩니다. 연결되지 않아야 합니다.',
  },
  'cel-false': {
    en: '{kind} {name}: this does not hold: {expression}. Look at it with: {look}',
    ko: '{kind} {name}: 다음 조건을 만족하지 않습니다: {expression}. 다음 명령으로 살펴보십시오: {look}',
  },
  'condition-missing': {
    en: '{kind} {name} has no condition {type} yet; it has: {found}. Look at it with: {look}',
    ko: '{kind} {name}에 {type} 조건이 아직 없습니다. 현재 조건: {found}. 다음 명령으로 살펴보십시오: {look}',
  },
  'condition-different': {
    en: '{kind} {name}: {path} of condition {type} is {found}, and should be {expected}. It says: {says}. Look at it with: {look}',
    ko: '{kind} {name}: {type} 조건의 {path} 값이 {found}입니다. {expected}이어야 합니다. 상태 메시지: {says}. 다음 명령으로 살펴보십시오: {look}',
  },
  'event-count': {
    en: 'Found {found} events "{wanted}" about {about}; there should be {expected}. Its latest events: {reasons}. Look with: kubectl events',
    ko: '{about}에 대한 이벤트 "{wanted}"을(를) {found}개 찾았습니다. {expected}개여야 합니다. 최근 이벤트: {reasons}. 다음 명령으로 확인해 보십시오: kubectl events',
  },
  'log-different': {
    en: 'The log of pod {name} should be {expected}; its last line is: {found}. Read it with: {look}',
    ko: '파드 {name}의 로그가 {expected}이어야 합니다. 마지막 줄: {found}. 다음 명령으로 읽어 보십시오: {look}',
  },
  'log-unreadable': {
    en: 'The log of pod {name} cannot be read: {found}. Try: {look}',
    ko: '파드 {name}의 로그를 읽을 수 없습니다: {found}. 다음 명령으로 확인해 보십시오: {look}',
  },
  'command-exit': {
    en: 'In a copy of your cluster we ran {run}. It ended with code {found}, and should end with {expected}. It said: {said}',
    ko: '클러스터의 복사본에서 {run}을(를) 실행했더니 종료 코드가 {found}입니다. {expected}이어야 합니다. 출력: {said}',
  },
  'command-output': {
    en: 'In a copy of your cluster we ran {run}. It printed {found}, and should print {expected}.',
    ko: '클러스터의 복사본에서 {run}을(를) 실행했더니 {found}이(가) 출력되었습니다. {expected}이어야 합니다.',
  },
  'file-missing': {
    en: 'There is no file {path} among your files.',
    ko: '작성한 파일 가운데 {path} 파일이 없습니다.',
  },
  'file-text': {
    en: 'Your file {path} should be {expected}; it is: {found}',
    ko: '파일 {path}의 내용이 {expected}이어야 합니다. 현재 내용: {found}',
  },
  'file-different': {
    en: 'In your file {path}, {field} is {found}, and should be {expected}.',
    ko: '파일 {path}에서 {field} 값이 {found}입니다. {expected}이어야 합니다.',
  },
  'file-not-yaml': {
    en: 'Your file {path} cannot be read as YAML: {found}',
    ko: '파일 {path}을(를) YAML로 읽을 수 없습니다: {found}',
  },
  'authorization-cannot': {
    en: '{user} may not {what} in namespace {namespace}, and should. {reason}. Try: {look}',
    ko: '{user}에게 네임스페이스 {namespace}에서 {what} 권한이 없습니다. 있어야 합니다. {reason}. 다음 명령으로 확인해 보십시오: {look}',
  },
  'authorization-can': {
    en: '{user} may {what} in namespace {namespace}, and should not. It follows from: {reason}. Try: {look}',
    ko: '{user}에게 네임스페이스 {namespace}에서 {what} 권한이 있습니다. 없어야 합니다. 근거: {reason}. 다음 명령으로 확인해 보십시오: {look}',
  },
  'metric-missing': {
    en: 'There is no measurement of {metric} yet.',
    ko: '{metric}의 측정값이 아직 없습니다.',
  },
  'metric-different': {
    en: '{metric} is {found}, and should be {expected}.',
    ko: '{metric} 값이 {found}입니다. {expected}이어야 합니다.',
  },
  'history-not-begun': {
    en: 'What this check waits for has not happened yet.',
    ko: '이 항목이 기다리는 일이 아직 일어나지 않았습니다.',
  },
  'history-not-over': {
    en: 'The time that is judged is not over yet (left: {left}). Let the cluster go on.',
    ko: '평가할 시간이 아직 끝나지 않았습니다(남은 시간: {left}). 클러스터를 계속 진행해 주십시오.',
  },
  'history-always': {
    en: 'It was not so the whole time. {when} after the beginning: {found}',
    ko: '내내 그렇지는 않았습니다. 시작하고 {when} 뒤의 상태: {found}',
  },
  'history-never': {
    en: 'It should never have been so, and was: {when} after the beginning. The timeline takes you back there.',
    ko: '한 번도 일어나지 않아야 하는 일이 시작하고 {when} 뒤에 일어났습니다. 타임라인에서 그때로 돌아가 볼 수 있습니다.',
  },
  'history-eventually': {
    en: 'It never came to be so. At the end: {found}',
    ko: '한 번도 그렇게 되지 않았습니다. 마지막 상태: {found}',
  },
  'history-order': {
    en: 'Things did not happen in the order wanted: number {number} of {of} did not come after the one before it (which came {when} after the beginning).',
    ko: '정해진 순서로 일어나지 않았습니다. {of}가지 가운데 {number}번째 일이 그 앞의 일(시작하고 {when} 뒤) 다음에 일어나지 않았습니다.',
  },
  'history-share': {
    en: 'It was so {found} of the time; it should be {expected} at least.',
    ko: '전체 시간의 {found} 동안 그랬습니다. 적어도 {expected}이어야 합니다.',
  },
  'traffic-visits': {
    en: '{visitor} came {found} times, and should come {expected} times.',
    ko: '{visitor}의 방문이 {found}번입니다. {expected}번이어야 합니다.',
  },
  'traffic-answered': {
    en: '{visitor}: {found} of the visits were answered ({count}); it should be {expected}. The first that was not came {when} after the beginning: {error}',
    ko: '{visitor}: 방문 가운데 {found}에 응답했습니다({count}). {expected}이어야 합니다. 처음으로 응답하지 못한 방문은 시작하고 {when} 뒤입니다: {error}',
  },
  'component-missing': {
    en: 'Your {name} is not in its place yet: press Apply beside its file.',
    ko: '작성한 {name}이(가) 아직 제자리에 없습니다. 파일 옆의 「적용」을 누르십시오.',
  },
  'component-ended': {
    en: 'Your {name} ({file}) has ended: {said}',
    ko: '작성한 {name}({file})이(가) 멈췄습니다: {said}',
  },
  'component-problem': {
    en: 'Your {name} ({file}) goes on, but had a problem: {said}',
    ko: '작성한 {name}({file})이(가) 동작하고 있지만 문제가 있었습니다: {said}',
  },
  'answer-missing': {
    en: 'This question has no answer yet.',
    ko: '이 질문에 아직 답하지 않았습니다.',
  },
  'answer-wrong': {
    en: 'Your answer is: {found}. The simulation comes to something else. Try it in the cluster, and watch.',
    ko: '선택한 답은 {found}입니다. 시뮬레이션의 결과는 다릅니다. 클러스터에서 직접 해 보며 살펴보십시오.',
  },
  'not-wanted': {
    en: 'Something is so that should not be so.',
    ko: '그렇지 않아야 할 것이 그러합니다.',
  },
  script: { en: '{say}', ko: '{say}' },
  'needs-first': {
    en: 'First finish: {steps}',
    ko: '먼저 끝내야 할 단계: {steps}',
  },
  part: {
    en: '{points} of {of} points so far. {found}',
    ko: '지금까지 {of}점 가운데 {points}점입니다. {found}',
  },
  'action-refused': {
    en: 'In a copy of your cluster this could not be done: {action}. {found}',
    ko: '클러스터의 복사본에서 다음을 할 수 없었습니다: {action}. {found}',
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
