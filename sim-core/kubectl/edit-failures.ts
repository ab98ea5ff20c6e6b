import { decodeObject } from './decode-object.ts';
import { groupResource } from './discovery.ts';
import { asError, isNotFound, isReason, quote, type StatusError } from './errors.ts';
import { parseYamlDocument, splitDocuments } from './manifests.ts';
import type { Info } from './resource-builder.ts';

/** What the editor saved without the lines that are comments. */
export function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .trim();
}

/** What went wrong with one object: what is said at once, and what stands above the text when it opens again. */
export interface Failure {
  readonly message: string;
  readonly reasons: readonly string[];
  readonly kind: 'invalid' | 'missing' | 'retryable';
}

export function failureOf(error: Error, info: Info): Failure {
  const what = `${groupResource(info.mapping)} ${quote(info.name)}`;
  if (isReason(error, 'Invalid')) {
    const causes = (error as StatusError).status.details?.causes ?? [];
    const reasons = [
      `${what} was not valid:`,
      ...causes.map((cause) => `* ${cause.field ?? ''}: ${cause.message ?? ''}`),
    ];
    return { message: `error: ${what} is invalid\n`, reasons, kind: 'invalid' };
  }
  if (isNotFound(error))
    return { message: `error: ${what} could not be found on the server\n`, reasons: [], kind: 'missing' };
  return { message: `error: ${what} could not be patched: ${error.message}\n`, reasons: [], kind: 'retryable' };
}

/** An edited text that does not even say what it is, as validation against the schema finds it. */
export function untyped(text: string, info: Info): Failure | undefined {
  try {
    for (const part of splitDocuments(withoutComments(text)))
      decodeObject(parseYamlDocument(part), 'edited-file', true);
    if (withoutComments(text) !== '') return undefined;
  } catch (error) {
    if (!asError(error).message.startsWith('error validating')) return undefined;
  }
  const what = `${groupResource(info.mapping)} ${quote(info.name)}`;
  const reasons = [`${what} was not valid:`, '* <nil>: Invalid value: "The edited file failed validation"'];
  return { message: `error: ${what} is invalid\n`, reasons, kind: 'invalid' };
}

/** Lines as comments above the text. */
export const header = (lines: readonly string[]): string => lines.map((line) => `# ${line}\n`).join('');
