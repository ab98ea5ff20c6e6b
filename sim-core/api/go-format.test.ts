import { describe, expect, it } from 'vitest';
import { byteLength, goJson, goNumber, goQuote, goValue } from './go-format.ts';

describe('how Go prints', () => {
  it('%q', () => {
    expect(goQuote('a"b\\c\n\t\x00\x7f')).toBe('"a\\"b\\\\c\\n\\t\\x00\\x7f"');
    expect(goQuote('조타수 🚢')).toBe('"조타수 🚢"');
    expect(goQuote('\u00a0\u200b\ud800')).toBe('"\\u00a0\\u200b\\ufffd"');
  });

  it('%v of JSON values', () => {
    expect(goValue({ spec: { replicas: 'two', args: ['a', 1, true, null] } })).toBe(
      'map[spec:map[args:[a 1 true <nil>] replicas:two]]',
    );
    expect(goNumber(1e6)).toBe('1000000');
    expect(goNumber(0.5)).toBe('0.5');
  });

  it('json.Marshal escapes HTML', () => {
    expect(goJson({ b: '<&>', a: 1 })).toBe('{"b":"\\u003c\\u0026\\u003e","a":1}');
  });

  it('len() counts bytes of UTF-8', () => {
    expect(byteLength('aé조🚢')).toBe(1 + 2 + 3 + 4);
  });
});
