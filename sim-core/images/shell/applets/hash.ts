import { base64OfText } from '../../../api/base64.ts';
import { sha256Hex } from '../../../api/sha256.ts';
import { encodeUtf8 } from '../../../api/utf8.ts';
import type { Program } from '../../process.ts';
import { md5Hex } from './md5.ts';
import { applet, type Tool, ToolError } from './tool.ts';

function decode(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const bytes: number[] = [];
  let bits = 0;
  let width = 0;
  for (const character of text.replace(/[\s=]/g, '')) {
    const value = alphabet.indexOf(character);
    if (value < 0) throw new ToolError('invalid input');
    bits = ((bits << 6) | value) & 0xffff;
    width += 6;
    if (width < 8) continue;
    width -= 8;
    bytes.push((bits >> width) & 255);
  }
  let result = '';
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index++]!;
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = more === 0 ? first : first & (0x3f >> more);
    for (let count = 0; count < more; count++) code = (code << 6) | ((bytes[index++] ?? 0x80) & 63);
    result += String.fromCodePoint(Math.min(code, 0x10ffff));
  }
  return result;
}

function* sum(tool: Tool) {
  const good = yield* tool.eachFile(tool.args, (text, name) => tool.out(`${sha256Hex(encodeUtf8(text))}  ${name}\n`));
  return good ? 0 : 1;
}

export const HASH_APPLETS: Readonly<Record<string, Program>> = {
  base64: applet(function* (tool) {
    const { options, operands } = tool.parse('dw:', { decode: 'd', wrap: 'w' });
    const text = yield* tool.content(operands[0] ?? '-');
    if (options.has('d')) tool.out(decode(text));
    else {
      const encoded = base64OfText(text);
      const width = Number(options.get('w') ?? '76');
      tool.out(width === 0 ? encoded : encoded.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\n'));
    }
    return 0;
  }),
  md5sum: applet(function* (tool) {
    const good = yield* tool.eachFile(tool.args, (text, name) => tool.out(`${md5Hex(encodeUtf8(text))}  ${name}\n`));
    return good ? 0 : 1;
  }),
  sha256sum: applet(sum),
};
