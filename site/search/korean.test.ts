import { describe, expect, it } from 'vitest';
import { laterParts, partsIn, stem, stemQuery } from './korean.ts';

describe('words of a query', () => {
  it.each([
    ['파드를', '파드'],
    ['파드에서는', '파드'],
    ['디플로이먼트에서', '디플로이먼트'],
    ['컨트롤러를', '컨트롤러'],
    ['노드들이', '노드'],
    ['실행합니다', '실행'],
    ['롤백하면', '롤백'],
    ['볼륨', '볼륨'],
    ['온도', '온도'],
    ['kubectl', 'kubectl'],
  ])('%s is looked for as %s', (word, expected) => {
    expect(stem(word)).toBe(expected);
  });

  it('are cut one by one, but not in quotes', () => {
    expect(stemQuery('파드를 삭제하면 kubectl')).toBe('파드 삭제 kubectl');
    expect(stemQuery('"파드를 삭제하면"')).toBe('"파드를 삭제하면"');
  });
});

describe('compounds', () => {
  it.each([
    ['퍼시스턴트볼륨클레임', ['볼륨클레임', '클레임']],
    ['퍼시스턴트볼륨클레임을', ['볼륨클레임', '클레임']],
    ['레플리카셋이', ['셋']],
    ['네임스페이스', ['스페이스']],
    ['로드밸런서', ['밸런서']],
    ['파드', []],
    ['안녕하세요', []],
  ])('%s is found by %j, too', (word, parts) => {
    expect(laterParts(word)).toEqual(parts);
  });

  it('of a text are told once', () => {
    expect(partsIn('퍼시스턴트볼륨과 퍼시스턴트볼륨클레임, 그리고 볼륨')).toEqual(['볼륨', '볼륨클레임', '클레임']);
  });
});
