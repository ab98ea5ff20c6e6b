/** 화면에 나오는 모든 한국어 문구입니다. 영어판과 모양이 다르면 타입 검사에서 걸립니다. */

import { browser } from './browser/ko.ts';
import { figures } from './figures/ko.ts';
import type { Strings } from './index.ts';
import { keeping } from './keeping/ko.ts';
import { machine } from './machine/ko.ts';
import { workspace } from './workspace/ko.ts';

export const ko: Strings = {
  site: {
    name: '조타수',
    description:
      '쿠버네티스를 직접 움직여 보며 배우는 교재입니다. 모든 수업에서 작은 클러스터가 브라우저 안에서 돌아갑니다.',
  },
  browser,
  asides: { note: '참고', tip: '도움말', caution: '주의', danger: '경고' },
  home: {
    title: '키를 잡아 보세요',
    lead: '조타수는 클러스터가 들어 있는 쿠버네티스 교재입니다. 글을 읽고, 옆에 있는 클러스터를 바꿔 보고, 구석구석이 어떻게 반응하는지 지켜봅니다.',
    start: '첫 수업 시작하기',
    startNote: '설치할 것도, 가입할 것도 없습니다.',
    featuresTitle: '무엇이 들어 있나요',
    features: [
      {
        title: '이 페이지에서 돌아가는 클러스터',
        text: '오브젝트와 이벤트, 오류 메시지까지 쿠버네티스 v1.33과 같습니다. 여기서 배운 것은 실제 클러스터에서도 그대로 통합니다.',
      },
      {
        title: '마음대로 다루는 시간',
        text: '멈추고, 한 걸음씩 나아가고, 한 시간을 순식간에 흘려보냅니다. 같은 일을 하면 언제나 같은 클러스터가 됩니다.',
      },
      {
        title: '“왜?”에 대한 대답',
        text: '모든 요청과 결정에 원인이 함께 기록됩니다. 파드가 왜 생겨났는지 직접 물어보세요.',
      },
      {
        title: '이유를 알려 주는 실습',
        text: '채점기는 여러분의 클러스터를 살펴보고, 무엇이 보였는지와 다음에 어디를 봐야 할지 알려 줍니다.',
      },
    ],
    contentsTitle: '전체 과정',
  },
  course: {
    title: '제출할 실습',
    facts: '강좌에서의 실습 안내',
    exercise: '실습',
    open: '시작',
    due: '마감',
    weight: '배점 비중',
    reached: '내 점수',
    checked: (count: string, of: string) =>
      `이 브라우저에서 확인한 실습: ${of}개 중 ${count}개. 성적에는 제출한 파일이 반영됩니다.`,
    notYet: '아직 시작하지 않은 실습입니다.',
    opens: (when) => `${when}에 열립니다.`,
    solution: '풀이',
    solutionNote: '여러 방법 가운데 하나입니다. 이름이나 숫자가 사람마다 다른 실습에서는 자신의 값을 넣으십시오.',
    solutionWait: (seconds) => `# ${seconds}초 기다리기`,
    solutionAnswers: '답',
  },
  exercises: {
    title: '실습',
    description: '강좌의 모든 실습입니다. 실습마다 클러스터가 하나씩 있습니다.',
    facts: (minutes, points) => `약 ${minutes}분, ${points}점`,
    kinds: {
      do: '해 보기',
      fix: '고치기',
      predict: '예측하기',
      code: '코드 쓰기',
      operate: '운영하기',
    },
    levels: ['몸풀기', '연습', '도전'],
    all: '모든 실습',
    how: '할 일은 실습 화면의 ‘과제’에 있습니다.',
    open: '실습 화면 열기',
    other: '그 밖의 실습',
  },
  missing: { text: '이 주소에는 페이지가 없습니다.', home: '첫 페이지로 가기' },
  glossary: {
    title: '용어집',
    description: '이 강좌에서 쓰는 말을 한국어와 영어로 모으고, 말마다 설명하는 강의를 이었습니다.',
    intro: '하나를 가리키는 말은 두 언어에서 각각 하나입니다.',
    lesson: '강의',
  },
  lesson: {
    minutes: (minutes) => `약 ${minutes}분`,
    module: '모듈',
    stale: '이 강의의 영어판이 먼저 바뀌어 한국어판을 고치고 있습니다. 명령과 실습은 두 언어가 같습니다.',
  },
  modules: {
    overview: '한눈에 보기',
    description: (title) => `${title} 모듈의 강의와 실습, 그리고 어떤 강의가 어떤 강의를 바탕으로 하는지 보여 줍니다.`,
    facts: (lessons, exercises, hours) =>
      `강의 ${lessons}개와 실습 ${exercises}개입니다. 모두 하는 데 약 ${hours} 걸립니다.`,
    map: '무엇이 무엇의 바탕인가',
    mapNote: '위에서 아래로 읽는 순서입니다. 선은 바탕이 되는 강의에서 그것이 필요한 강의로 이어집니다.',
    needs: '바탕이 되는 강의',
    exercises: '실습',
    after: (lesson) => `${lesson} 다음`,
    lab: '모듈을 마치며',
    sheet: '요약표',
    sheetNote: '한 장으로 인쇄할 수 있습니다.',
    hours: (minutes) => (minutes < 60 ? `${minutes}분` : `${String(Math.round(minutes / 30) / 2)}시간`),
  },
  practice: {
    title: '실습',
    here: '이 페이지의 실습 화면에서',
    sources: '사실을 확인한 쿠버네티스 문서',
  },
  prose: {
    tryLabel: (command) => `해 보기: ${command} 명령을 터미널에 넣기`,
    tryButton: '해 보기',
    predict: '먼저 생각해 보기',
    reveal: '답 확인하기',
    code: (language, number) => `코드 ${number} (${language})`,
    source: (file) => `이 클러스터의 실제 소스: ${file}`,
  },
  panes: { label: '수업과 실습 화면 전환', read: '수업', workspace: '실습', skip: '실습 화면으로 건너뛰기' },
  figures,
  keeping,
  machine,
  workspace,
};
