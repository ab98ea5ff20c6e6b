import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineVersion } from '../../grading/engine-version.ts';
import { loadExercise, loadWalkthroughs } from '../../grading/load.ts';
import { makeSubmission, type Submission } from '../../grading/submission.ts';
import { carryOut, startExercise } from '../../grading/walkthrough.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ID = 'start/deploy-web';
const folder = mkdtempSync(join(tmpdir(), 'jotasu-grade-'));
const inbox = join(folder, 'inbox');
const out = join(folder, 'out');
const roster = join(folder, 'roster.csv');
let result: { code: number; stdout: string };

/** What a learner would hand in who does what a recorded walkthrough does. */
async function handIn(
  walkthrough: string,
  learner: { id: string; name: string },
  locale: 'en' | 'ko',
  exercise = loadExercise(join(root, 'exercises'), ID),
): Promise<Submission> {
  const steps = loadWalkthroughs(join(root, 'solutions'), ID).find(({ name }) => name === walkthrough)!;
  const local = startExercise(exercise, 11);
  await carryOut(local, steps);
  const input = {
    course: 'demo',
    exercise,
    engine: engineVersion(root),
    learner,
    locale,
    savedAt: '2026-03-02T09:00:00Z',
  };
  return (await makeSubmission({ ...input, log: local.log(), files: {} })).submission;
}

function run(...args: string[]): { code: number; stdout: string; stderr: string } {
  const options: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: 'pipe', cwd: root };
  try {
    return { code: 0, stdout: execFileSync(process.execPath, ['cli/main.ts', ...args], options), stderr: '' };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, stdout, stderr };
  }
}

beforeAll(async () => {
  mkdirSync(join(inbox, '20260001_김하늘'), { recursive: true });
  const good = await handIn('solution', { id: '20260001', name: '김하늘' }, 'ko');
  const partly = await handIn('mistake-cluster-ip', { id: '20260002', name: '=HYPERLINK("http://x")' }, 'en');
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(inbox, name), content);
  put('20260001_김하늘/deploy-web.jotasu.json', JSON.stringify(good));
  put('20260002.jotasu.json', JSON.stringify(partly));
  put('20260003-score.jotasu.json', JSON.stringify({ ...partly, claim: { ...partly.claim, points: 10 } }));
  put('20260004-cut.jotasu.json', JSON.stringify(good).slice(0, -500));
  put('20260005-junk.jotasu.json', new Uint8Array([0, 159, 146, 150]));
  put('20260006-huge.jotasu.json', new Uint8Array(50 * 1024 * 1024));
  put('20260007-other.jotasu.json', JSON.stringify({ ...good, exercise: 'start/other' }));
  writeFileSync(roster, '학번,이름\r\n20260001,김하늘\r\n20260009,이바다\r\n');
  result = run('grade', inbox, '--out', out, '--roster', roster);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('jotasu grade', () => {
  it('grades what is sound, names what is not, and exits with 1', () => {
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('20260001_김하늘/deploy-web.jotasu.json  김하늘 (20260001)  10/10');
    expect(result.stdout).toContain('2 graded, 5 not graded.');
    expect(result.stdout).toContain('20260003-score.jotasu.json: it was altered after it was saved');
    expect(result.stdout).toContain('20260004-cut.jotasu.json: the file is cut off or damaged');
    expect(result.stdout).toContain('20260005-junk.jotasu.json: the file is not a Jotasu submission');
    expect(result.stdout).toContain('20260006-huge.jotasu.json: the file is larger than any submission can be');
    expect(result.stdout).toContain('20260007-other.jotasu.json: it was altered after it was saved');
  });

  it('writes grades that Excel reads, with no formula in them', () => {
    const csv = readFileSync(join(out, 'grades.csv'), 'utf8');
    expect(csv.charCodeAt(0)).toBe(0xfeff);
    const rows = csv.slice(1).trimEnd().split('\r\n');
    expect(rows).toHaveLength(8);
    expect(rows[0]).toMatch(/^file,learner,name,roster,course,exercise,points,of,status,problem,detail,saved/);
    expect(csv).toContain('20260001,김하늘,20260001,demo,start/deploy-web,10,10,graded');
    expect(csv).toContain(`"'=HYPERLINK(""http://x"")"`);
  });

  it("writes each learner's feedback in their language", () => {
    const files = readdirSync(join(out, 'feedback'));
    // A learner's files, one after the other.
    const text = (part: string) =>
      files
        .filter((name) => name.includes(part))
        .map((name) => readFileSync(join(out, 'feedback', name), 'utf8'))
        .join('\n');
    expect(text('20260001')).toContain('lang="ko"');
    expect(text('20260002')).toContain('its type has to be NodePort');
    expect(text('20260002')).not.toContain('="http://x"');
  });

  it('lists who handed in nothing, and whom nobody knows', () => {
    const people = readFileSync(join(out, 'people.csv'), 'utf8');
    expect(people).toContain('20260009,이바다,start/deploy-web,nothing handed in');
    expect(people).toContain('not matched with the roster: nobody,20260002.jotasu.json');
    expect(result.stdout).toContain('1 missing: an exercise that someone on the roster has not handed in');
  });

  it('comes to the same bytes again, by what it has kept and without it; and to what a rule and a decision change', () => {
    const again = run('grade', inbox, '--out', out, '--roster', roster, '--resume');
    expect(again.stdout).toBe(result.stdout);
    const overrides = join(folder, 'overrides.csv');
    writeFileSync(overrides, 'learner,exercise,points,reason\n20260002,start/deploy-web,9,was ill\n');
    const more = ['--against', out, '--deadline', '2026-03-01T09:00Z', '--late', '10%/1d', '--overrides', overrides];
    const other = join(folder, 'regraded');
    const { stdout } = run('regrade', inbox, '--out', other, '--roster', roster, ...more);
    expect(stdout).toContain('2 changed since');
    expect(stdout).toContain('20260001_김하늘/deploy-web.jotasu.json (points): 10/10 → 9/10');
    expect(stdout).toContain('20260002.jotasu.json (points): 8/10 → 9/10');
    const file = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8');
    run('grade', inbox, '--out', join(folder, 'fresh'), '--roster', roster, '--workers', '1');
    for (const name of ['grades.csv', 'people.csv', 'graded.json', 'junit.xml', 'reports/ko/index.html'])
      expect(file(join(folder, 'fresh'), name)).toBe(file(out, name));
  }, 240_000);

  it('judges by mended checks what was handed in before, where it is asked to', async () => {
    const now = loadExercise(join(root, 'exercises'), ID);
    const steps = now.steps.map((step) => ({ ...step, checks: step.checks.map((check) => ({ ...check, points: 1 })) }));
    const old = await handIn('solution', { id: '20260001', name: '김하늘' }, 'ko', { ...now, steps });
    const more = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'more' } };
    const moved = { ...now, cluster: { ...now.cluster, setup: [...(now.cluster.setup ?? []), more] } };
    const elsewhere = await handIn('solution', { id: '20260002', name: 'Mina Lee' }, 'en', moved);
    const [before, after] = [join(folder, 'before'), join(folder, 'mended')];
    mkdirSync(join(folder, 'old'));
    writeFileSync(join(folder, 'old', 'a.jotasu.json'), JSON.stringify(old));
    writeFileSync(join(folder, 'old', 'b.jotasu.json'), JSON.stringify(elsewhere));
    const first = run('grade', join(folder, 'old'), '--out', before);
    expect(first.code).toBe(1);
    expect(first.stdout).toContain('0 graded, 2 not graded');
    expect(first.stdout).toContain(
      `2 made with an earlier version of the exercise. If its checks were mended, judge by them as they are now: --mended ${ID}`,
    );
    const second = run('regrade', join(folder, 'old'), '--against', before, '--out', after, '--mended', ID);
    expect(second.stdout).toContain('a.jotasu.json (problem): changed-exercise → 10/10');
    expect(second.stdout).toContain('b.jotasu.json: it did not begin with the cluster that the exercise begins with');
    const [page = ''] = readdirSync(join(after, 'feedback')).filter((name) => name.includes('20260001'));
    expect(readFileSync(join(after, 'feedback', page), 'utf8')).toContain('고친 검사로 다시 매긴 것입니다');
    expect(readFileSync(join(after, 'grades.csv'), 'utf8')).toContain('judged by checks that were mended');
  }, 240_000);

  it('says what is wrong with its own arguments, and exits with 2', () => {
    const missing = run('grade', join(folder, 'nowhere'), '--out', out);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no folder') });
    const unknown = run('grade', inbox, '--out', join(folder, 'none'), '--exercise', 'start/nothing');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringMatching(/There are: .*start\/deploy-web/) });
    const never = run('grade', inbox, '--out', join(folder, 'none'), '--mended', 'start/nothing');
    expect(never).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--mended: .*There are: .*start\/deploy-web/),
    });
    writeFileSync(join(folder, 'times.csv'), 'id,received\n20260001,yesterday\n');
    const times = run('grade', inbox, '--out', join(folder, 'none'), '--received', join(folder, 'times.csv'));
    expect(times).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/times\.csv: line 2: "yesterday" is no time/),
    });
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
