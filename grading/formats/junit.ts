import type { GradedFile } from '../batch/graded.ts';
import { describeProblem, detailIn } from '../grade.ts';
import { explain } from '../report-text.ts';
import { counts } from './scores.ts';

/**
 * JUnit XML, as CI systems and some LMSes read it: a suite for each submission, a case for each check. A check that could not be run is an error,
 * never a pass.
 */
export function junitXml(files: readonly GradedFile[]): string {
  const suites = files.filter((file) => counts(file) || file.problem !== undefined).map(suite);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="jotasu">\n${suites.join('')}</testsuites>\n`;
}

function suite({ file, learner, exercise, report, problem, detail, points, of }: GradedFile): string {
  const name = `${exercise ?? 'unknown'}: ${learner?.id ?? file}`;
  const at = exercise ?? 'unknown';
  if (problem !== undefined) {
    const why = describeProblem(problem, 'en') + (detail === undefined ? '' : `: ${detailIn(detail, 'en')}`);
    return `  <testsuite name="${xml(name)}" tests="1" failures="0" errors="1">\n    <testcase classname="${xml(at)}" name="submission"><error message="${xml(why)}"/></testcase>\n  </testsuite>\n`;
  }
  const results = report?.results ?? [];
  const countOf = (status: string) => results.filter((result) => result.status === status).length;
  const cases = results.map((result) => {
    const open = `    <testcase classname="${xml(at)}" name="${xml(result.title.en)}"`;
    if (result.status === 'passed') return `${open}/>\n`;
    const tag = result.status === 'failed' ? 'failure' : 'error';
    return `${open}><${tag} message="${xml(explain(result, 'en') ?? '')}"/></testcase>\n`;
  });
  const properties = `    <properties><property name="points" value="${points ?? 0}"/><property name="of" value="${of ?? 0}"/><property name="file" value="${xml(file)}"/></properties>\n`;
  return `  <testsuite name="${xml(name)}" tests="${results.length}" failures="${countOf('failed')}" errors="${countOf('not-run')}">\n${properties}${cases.join('')}  </testsuite>\n`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A text in XML 1.0, which has no place for most control characters, not even escaped. */
function xml(text: string): string {
  return text
    .replace(NOT_IN_XML, '\ufffd')
    .replace(HALF, '\ufffd')
    .replace(/[&<>"'\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
