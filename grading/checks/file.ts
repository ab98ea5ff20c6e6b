import type { FileTest } from '../format/tests.ts';
import { failed, NOT_NOW, type Outcome, PASSED, type TestContext } from './context.ts';
import { compare, type Difference } from './match.ts';
import { packs } from './packs.ts';

/** A file as the learner has it now: its text, or one of the YAML documents in it. */
export function testFile({ path, text, yaml }: FileTest, { here }: TestContext): Outcome {
  if (here === undefined) return NOT_NOW;
  const content = here.local.session.files.get(path);
  if (content === undefined) return failed('file-missing', { path });
  const inText = text === undefined ? undefined : compare(content, text);
  if (inText !== undefined) return failed('file-text', { path, expected: inText.expected, found: inText.found || '—' });
  if (yaml === undefined) return PASSED;
  let documents: readonly unknown[];
  try {
    documents = packs.parseYaml!(content);
  } catch (error) {
    const [found = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    return failed('file-not-yaml', { path, found });
  }
  let first: Difference | undefined;
  for (const document of documents) {
    const difference = compare(document, yaml);
    if (difference === undefined) return PASSED;
    first ??= difference;
  }
  if (first === undefined) return failed('file-text', { path, expected: 'YAML', found: '—' });
  return failed('file-different', {
    path,
    field: first.path,
    expected: first.expected,
    found: first.found ?? '—',
  });
}
