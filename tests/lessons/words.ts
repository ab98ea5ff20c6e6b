/** Words that lessons do not use, and what they say instead: the word list of the course, from its other side. */
interface Word {
  readonly pattern: RegExp;
  readonly instead: string;
}

export const FORBIDDEN_ENGLISH: readonly Word[] = [
  {
    pattern: /\b(?:simply|obviously|trivially|of course|easy|easily)\b/gi,
    instead: 'what is simple for one reader is not for another',
  },
  { pattern: /\bjust (?!because|before|after|under|over|any)[a-z]+/gi, instead: 'leave "just" out' },
  { pattern: /\bslave\b/gi, instead: 'worker node' },
];

export const FORBIDDEN_KOREAN: readonly Word[] = [
  { pattern: /포드|팟(?=[을를이은의\s])/g, instead: '파드' },
  { pattern: /쿠버네티즈|큐버네티스/g, instead: '쿠버네티스' },
  { pattern: /레플리카 셋|복제 세트/g, instead: '레플리카셋' },
  { pattern: /데몬 셋/g, instead: '데몬셋' },
  { pattern: /스테이트풀 셋/g, instead: '스테이트풀셋' },
  { pattern: /컨피그 맵|구성 맵/g, instead: '컨피그맵' },
  { pattern: /시크릿트|비밀 객체/g, instead: '시크릿' },
  { pattern: /네임 스페이스|이름 공간/g, instead: '네임스페이스' },
  { pattern: /라벨/g, instead: '레이블' },
  { pattern: /셀렉타|선택자/g, instead: '셀렉터' },
  { pattern: /애노테이션|주석 오브젝트/g, instead: '어노테이션' },
  { pattern: /오염|톨러런스|용인/g, instead: '테인트, 톨러레이션' },
  { pattern: /어피너티|친화도/g, instead: '어피니티' },
  { pattern: /롤 아웃|롤 백/g, instead: '롤아웃, 롤백' },
  { pattern: /이니트 컨테이너|초기 컨테이너/g, instead: '초기화 컨테이너' },
  { pattern: /퍼시스턴트 볼륨|영구 볼륨/g, instead: '퍼시스턴트볼륨' },
  { pattern: /스토리지 클래스/g, instead: '스토리지클래스' },
  { pattern: /크론 잡/g, instead: '크론잡' },
  { pattern: /(?:해요|예요|에요|어요|아요|지요|네요)(?=[.?!\s])/g, instead: '합니다체' },
  { pattern: /당연히|간단히 말해|그냥/g, instead: 'a reader who does not find it so is left alone' },
];
