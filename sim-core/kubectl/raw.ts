import { decodeUtf8 } from '../api/utf8.ts';
import type { Context } from './command.ts';
import { KubectlError, quote } from './errors.ts';
import { type FilenameOptions, readStdin } from './manifests.ts';
import { resolvePath } from './paths.ts';

/** The bytes that the server sends for an object: one line; only its version is set out for reading. */
export function rawText(uri: string, answer: unknown): string {
  if (typeof answer === 'string') return answer;
  return /^\/?version\/?(\?|$)/.test(uri) ? JSON.stringify(answer, undefined, 2) : `${JSON.stringify(answer)}\n`;
}

/** The path that --raw names; only one that begins at the root is one. */
export function rawUri(text: string): string {
  if (!text.startsWith('/'))
    throw new KubectlError(`--raw must be a valid URL path: parse ${quote(text)}: invalid URI for request`);
  return text;
}

/** `--raw`: sends a file's text to a path of the API and prints the answer. */
export async function rawWrite(
  context: Context,
  method: 'POST' | 'PUT' | 'DELETE',
  files: FilenameOptions,
): Promise<undefined> {
  const [filename, ...more] = files.filenames;
  if (more.length > 0 || (filename === undefined && method !== 'DELETE'))
    throw new KubectlError('--raw can only use a single local file or stdin');
  let body: string | undefined;
  if (filename !== undefined) {
    let bytes: Uint8Array;
    try {
      bytes =
        filename === '-'
          ? await readStdin(context.env)
          : await context.env.files.read(resolvePath(context.env.cwd, filename));
    } catch {
      throw new KubectlError(`open ${filename}: no such file or directory`);
    }
    body = decodeUtf8(bytes);
  }
  const uri = rawUri(context.flags.string('raw'));
  const api = await context.api();
  const answer = await api.request<unknown>(method, uri, { body, accept: '*/*' });
  context.out(rawText(uri, answer));
  return undefined;
}
