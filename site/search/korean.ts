/**
 * Korean words as a search must see them. A noun stands with particles at its end (파드를, 파드에서는), a verb with endings (실행합니다), and
 * names are written together (퍼시스턴트볼륨클레임). The index finds words by their beginning: so a query is cut to its stem, and a page also
 * gives the later parts of its compounds.
 */

/** Particles and endings, the longest first. What is cut too much does no harm: the rest still begins the word. */
const ENDINGS = [
  '에서부터',
  '으로부터',
  '에게서는',
  '하였습니다',
  '되었습니다',
  '했습니다',
  '됐습니다',
  '시킵니다',
  '이라는',
  '이라고',
  '에서는',
  '에서도',
  '으로는',
  '으로도',
  '까지는',
  '합니다',
  '됩니다',
  '입니다',
  '습니다',
  '하려면',
  '되려면',
  '하면서',
  '이지만',
  '들에게',
  '들에서',
  '라는',
  '라고',
  '에는',
  '에도',
  '에서',
  '에게',
  '으로',
  '로는',
  '로도',
  '이란',
  '이나',
  '부터',
  '까지',
  '처럼',
  '보다',
  '마다',
  '만큼',
  '조차',
  '밖에',
  '하는',
  '되는',
  '하면',
  '되면',
  '하고',
  '되고',
  '하기',
  '되기',
  '하여',
  '되어',
  '해서',
  '돼서',
  '하지',
  '되지',
  '한다',
  '된다',
  '했다',
  '됐다',
  '하다',
  '되다',
  '하게',
  '들이',
  '들은',
  '들을',
  '들의',
  '들과',
  '란',
  '은',
  '는',
  '이',
  '가',
  '을',
  '를',
  '의',
  '에',
  '와',
  '과',
  '도',
  '만',
  '로',
  '들',
  '한',
  '할',
  '된',
  '될',
  '해',
  '돼',
];

/** Parts of which the names of this book are made. */
const PARTS = [
  '퍼시스턴트',
  '스테이트풀',
  '스케일러',
  '스케줄러',
  '컨트롤러',
  '엔드포인트',
  '슬라이스',
  '어카운트',
  '디플로이먼트',
  '네트워크',
  '스토리지',
  '클러스터',
  '레플리카',
  '밸런서',
  '바인딩',
  '서비스',
  '스페이스',
  '네임',
  '볼륨',
  '클레임',
  '클래스',
  '컨피그',
  '데몬',
  '노드',
  '포트',
  '로드',
  '오토',
  '크론',
  '인그레스',
  '시크릿',
  '컨트롤',
  '플레인',
  '매니저',
  '프록시',
  '이미지',
  '컨테이너',
  '파드',
  '롤',
  '셋',
  '맵',
  '잡',
];

const HANGUL = /^[가-힣]+$/;

/** A word of a query without what stands at its end; at least two syllables stay. */
export function stem(word: string): string {
  if (!HANGUL.test(word)) return word;
  const ending = ENDINGS.find((each) => word.endsWith(each) && word.length - each.length >= 2);
  return ending === undefined ? word : word.slice(0, -ending.length);
}

/** A query whose words are stems. Quoted texts stay as they are: they are looked for letter by letter. */
export function stemQuery(query: string): string {
  return query.includes('"') ? query : query.split(/(\s+)/).map(stem).join('');
}

/** What a compound ends with, from each of its later parts on: 퍼시스턴트볼륨클레임 gives 볼륨클레임 and 클레임. */
export function laterParts(word: string): string[] {
  const starts: number[] = [];
  let at = 0;
  while (at < word.length) {
    const part = PARTS.find((each) => word.startsWith(each, at));
    // What follows the last part is an ending.
    if (part === undefined) break;
    if (at > 0) starts.push(at);
    at += part.length;
  }
  return starts.map((start) => word.slice(start, at));
}

/** The later parts of all compounds in a text, each once, in order. */
export function partsIn(text: string): string[] {
  return [...new Set((text.match(/[가-힣]{3,}/g) ?? []).flatMap(laterParts))].sort();
}
