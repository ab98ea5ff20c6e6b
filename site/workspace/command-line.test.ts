import { describe, expect, it } from 'vitest';
import { LineError, readLine } from './command-line.ts';

const wordsOf = (line: string) => readLine(line).map(({ command }) => command.words);

describe('a command line', () => {
  it('is split as a shell splits it', () => {
    expect(wordsOf(`kubectl get pod -o jsonpath='{.items[*].metadata.name}' "a b"`)).toEqual([
      ['kubectl', 'get', 'pod', '-o', 'jsonpath={.items[*].metadata.name}', 'a b'],
    ]);
    expect(wordsOf('kubectl label pod p 이름=값')).toEqual([['kubectl', 'label', 'pod', 'p', '이름=값']]);
    expect(wordsOf('')).toEqual([]);
    expect(wordsOf('# nothing')).toEqual([]);
  });

  it('knows ; && || and where output goes', () => {
    expect(readLine('a && b || c; d').map(({ when }) => when)).toEqual(['always', 'success', 'failure', 'always']);
    expect(readLine('echo x >> f.yaml')[0]?.command.redirect).toEqual({ file: 'f.yaml', append: true });
  });

  it.each([
    ['kubectl get pods | grep web', '|'],
    ['sleep 1 &', '&'],
    ['echo $HOME', '$'],
    ['A=1', '='],
    ['for x in a; do ls; done', 'for'],
  ])('says of %s what is not to be had here', (line, what) => {
    try {
      readLine(line);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LineError);
      expect((error as LineError).what).toBe(what);
    }
  });

  it('says when a quotation is not closed', () => {
    expect(() => readLine('echo "a')).toThrow(LineError);
  });
});
