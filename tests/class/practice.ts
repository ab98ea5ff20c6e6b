/**
 * `node tests/class/practice.ts DIR`: a small class to practise grading with, as an instructor has one before them: the submissions as Moodle packs
 * them, a roster, a course, and exports of three LMSes that wait to be filled in.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import iconv from 'iconv-lite';
import { stringify } from 'yaml';
import { engineVersion } from '../../grading/engine-version.ts';
import { fileName } from '../../grading/reports/html.ts';
import { loadSandbox } from '../../sim-core/host/load-sandbox.ts';
import { COURSE, cast, type Role } from './cast.ts';
import { type HandedIn, Workshop } from './make.ts';
import { tasksOf } from './run.ts';

const EXERCISES = ['start/deploy-web', 'start/two-teams'];
const LEARNERS = 24;

/** The number by which the LMS knows somebody. */
const numberOf = ({ id }: Role) => Number(id) - 20_260_000 + 4000;
/** What nobody's name is. */
const nameOf = ({ name, id }: Role) => (/[<=]/.test(name) ? `Student ${id.slice(-2)}` : name);

function course(): string {
  const late = { grace: '10m', lose: '10%', each: '1d', least: '50%' };
  const exercises = EXERCISES.map((exercise, index) => ({
    exercise,
    weight: 10 * (index + 1),
    open: '2026-03-02 09:00',
    due: '2026-03-09 00:00',
    column: `Lab ${index + 1}`,
  }));
  const title = { en: 'A class to practise with', ko: '연습용 학급' };
  return stringify({ id: COURSE, title, timezone: 'Asia/Seoul', late, modules: [{ module: 'start' }], exercises });
}

function exports(people: readonly Role[]): Record<string, Uint8Array> {
  const rows = (form: (role: Role) => string, end: string) => people.map(form).join(end) + end;
  const canvas = `Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (501),Lab 2 (502),Final Score\r\n    Points Possible,,,,,10.00,10.00,(read only)\r\n${rows(
    (role) => `"${nameOf(role)}",${numberOf(role)},${role.id},u${role.id},Section 1,,,`,
    '\r\n',
  )}"Student, Test",9999,,,Section 1,,,\r\n`;
  const worksheet = `\ufeff식별자,"전체 이름",학번,"이메일 주소",상태,성적,"최대 성적","성적 변경 가능","마지막 수정됨(제출)","마지막 수정됨(성적)"\n${rows(
    (role) =>
      `"참가자 ${numberOf(role)}",${nameOf(role)},${role.id},u${role.id}@example.ac.kr,"채점을 위해 제출되었습니다.",,100.00,예,"2026년 3월 8일(일) 오후 3:04",-`,
    '\n',
  )}`;
  const blackboard = `"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t"Lab 1 [Total Pts: 10 Score] |664617"\t"Lab 2 [Total Pts: 10 Score] |664618"\r\n${rows(
    (role) =>
      `"${nameOf(role).slice(0, 1)}"\t"${nameOf(role).slice(1)}"\t"u${role.id}"\t"${role.id}"\t""\t"Yes"\t""\t""`,
    '\r\n',
  )}`;
  const roster = `학번,이름,이메일\r\n${rows((role) => `${role.id},${nameOf(role)},u${role.id}@example.ac.kr`, '\r\n')}`;
  return {
    'canvas.csv': iconv.encode(canvas, 'utf8'),
    'moodle-worksheet.csv': iconv.encode(worksheet, 'utf8'),
    'blackboard.xls': iconv.encode(blackboard, 'utf-16le', { addBOM: true }),
    'roster.csv': iconv.encode(roster, 'cp949'),
    'course.yaml': iconv.encode(course(), 'utf8'),
  };
}

/** Lays what a class has handed in out as an instructor has it before them. Answers how many submissions there are. */
export function layOut(folder: string, all: readonly HandedIn[]): number {
  const handed = all.filter(({ role }) => EXERCISES.includes(role.task.exercise.id));
  for (const { role, file, bytes } of handed) {
    const own = path.join(folder, 'submissions', `${fileName(nameOf(role))}_${numberOf(role)}_assignsubmission_file_`);
    mkdirSync(own, { recursive: true });
    writeFileSync(path.join(own, path.basename(file)), bytes);
  }
  for (const [name, bytes] of Object.entries(exports(handed.map(({ role }) => role))))
    writeFileSync(path.join(folder, name), bytes);
  return handed.length;
}

if (process.argv[1] === import.meta.filename) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('usage: node tests/class/practice.ts DIR');
    process.exit(2);
  }
  rmSync(path.join(folder, 'submissions'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await loadSandbox();
  const workshop = new Workshop(1, engineVersion(path.join(import.meta.dirname, '../..')));
  const handed: HandedIn[] = [];
  for (const role of cast(LEARNERS, 1, tasksOf(EXERCISES))) handed.push(await workshop.handIn(role));
  const count = layOut(folder, handed);
  console.log(`${count} submissions, a roster, a course and three exports are in ${folder}.`);
}
