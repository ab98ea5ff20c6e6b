import { describe, expect, it } from 'vitest';
import { columnsOf, endOf, LineEditor } from './line-editor.ts';

const LEFT = '\x1b[D';
const type = (editor: LineEditor, ...keys: string[]) => keys.map((key) => editor.key(key)).at(-1);

describe('the line editor', () => {
  it('inserts, moves and erases whole characters, Hangul too', () => {
    const editor = new LineEditor();
    type(editor, 'echo 가나다', LEFT, '\x7f');
    expect(editor.text).toBe('echo 가다');
    expect(editor.before).toBe('echo 가');
    // Decomposed letters, as some systems type them, count as one.
    type(editor, '\u1112\u1161\u11ab', '\x7f');
    expect(editor.text).toBe('echo 가다');
  });

  it('goes back and forth in history and keeps what was being typed', () => {
    const editor = new LineEditor(['one', 'two']);
    type(editor, 'thr', '\x1b[A');
    expect(editor.text).toBe('two');
    type(editor, '\x1b[A', '\x1b[A');
    expect(editor.text).toBe('one');
    type(editor, '\x1b[B', '\x1b[B');
    expect(editor.text).toBe('thr');
  });

  it('submits a line, and remembers each once', () => {
    const editor = new LineEditor();
    expect(type(editor, 'ls', '\r')).toEqual({ type: 'submit', line: 'ls' });
    type(editor, 'ls', '\r', '  ', '\r');
    expect(editor.history).toEqual(['ls']);
    expect(editor.text).toBe('');
  });

  it('knows the keys of a shell', () => {
    const editor = new LineEditor();
    type(editor, 'kubectl get pods', '\x17');
    expect(editor.text).toBe('kubectl get ');
    type(editor, '\x01', '\x0b');
    expect(editor.text).toBe('');
    expect(type(editor, 'x', '\x03')).toEqual({ type: 'interrupt' });
    expect(editor.text).toBe('');
    expect(type(editor, '\t')).toEqual({ type: 'complete' });
  });

  it('takes no control characters from what is pasted', () => {
    const editor = new LineEditor();
    type(editor, 'a\x07b\x00c', '\x1b]0;title\x07');
    expect(editor.text).toBe('abc');
  });
});

describe('widths', () => {
  it('counts two columns for Hangul', () => {
    expect(columnsOf('a가b')).toBe(4);
    expect(columnsOf('é')).toBe(1);
  });

  it('moves a wide letter to the next row when one column is left', () => {
    expect(endOf('abc가', 4)).toEqual({ row: 1, column: 2 });
    expect(endOf('abcd', 4)).toEqual({ row: 0, column: 4 });
  });
});

describe('searching the history', () => {
  const searching = () => {
    const editor = new LineEditor(['kubectl get pods', 'kubectl get nodes', 'echo pods']);
    editor.key('\x12');
    return editor;
  };

  it('finds the newest line first, and older ones with Ctrl-R', () => {
    const editor = searching();
    editor.key('po');
    expect(editor.text).toBe('echo pods');
    editor.key('\x12');
    expect(editor.text).toBe('kubectl get pods');
    editor.key('\x12');
    expect(editor.text).toBe('kubectl get pods');
    expect(editor.key('\r')).toEqual({ type: 'submit', line: 'kubectl get pods' });
    expect(editor.search).toBeUndefined();
  });

  it('gives up, or goes on with what was found', () => {
    const editor = searching();
    editor.key('nod');
    editor.key('\x1b');
    expect(editor.text).toBe('');
    editor.key('\x12');
    editor.key('nod');
    editor.key('\x1b[D');
    expect(editor.search).toBeUndefined();
    editor.key('x');
    expect(editor.text).toBe('kubectl get nodexs');
  });
});
