import { base64OfText, decodeBase64 } from '../../../api/base64.ts';
import { decodeUtf8 } from '../../../api/utf8.ts';
import { JqError, type Json, toText, typeOf } from './values.ts';

/** A value as text in one of jq's formats: `@text`, `@csv`, `@base64` … */
export function formatText(format: string, value: Json): string {
  const text = typeof value === 'string' ? value : toText(value);
  switch (format) {
    case '@text':
      return text;
    case '@json':
      return toText(value);
    case '@base64':
      return base64OfText(text);
    case '@base64d': {
      try {
        const bytes = decodeBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
        return decodeUtf8(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new JqError(`${typeOf(value)} (${JSON.stringify(text)}) is not valid base64 data`);
      }
    }
    case '@uri':
      return encodeURIComponent(text).replace(
        /[!'()*]/g,
        (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    case '@html':
      return text.replace(
        /[<>&'"]/g,
        (letter) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;' })[letter] ?? '&quot;',
      );
    case '@sh':
      return (Array.isArray(value) ? value : [value])
        .map((item) => (typeof item === 'string' ? `'${item.replaceAll("'", "'\\''")}'` : toText(item)))
        .join(' ');
    case '@csv':
      return row(value, 'csv', (item) =>
        typeof item === 'string' ? `"${item.replaceAll('"', '""')}"` : toText(item),
      ).join(',');
    case '@tsv':
      return row(value, 'tsv', (item) =>
        typeof item === 'string'
          ? item.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
          : toText(item),
      ).join('\t');
    default:
      throw new JqError(`${format.slice(1)} is not a valid format`);
  }
}

function row(value: Json, format: string, cell: (item: Json) => string): string[] {
  if (!Array.isArray(value))
    throw new JqError(`${typeOf(value)} (${toText(value)}) cannot be ${format}-formatted, only an array can be`);
  return value.map((item) => {
    if (item === null) return '';
    if (typeof item === 'object')
      throw new JqError(`${typeOf(item)} (${toText(item)}) is not valid in a ${format} row`);
    return cell(item);
  });
}
