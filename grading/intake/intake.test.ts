import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import iconv from 'iconv-lite';
import { afterAll, describe, expect, it } from 'vitest';
import { collect, NothingHandedIn } from './collect.ts';
import { isClutter, lmsMark } from './lms.ts';
import { Received } from './received.ts';
import { Roster, readRoster } from './roster.ts';

const root = mkdtempSync(join(tmpdir(), 'jotasu-intake-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
function given(make: (folder: string) => void): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  make(folder);
  return folder;
}
const all = (path: string) =>
  [...collect(path)].map(({ file, problem, bytes }) => [file, problem ?? bytes?.byteLength]);
const one = strToU8('{}');

/** The bytes of a zip with something in them changed, wherever it stands. */
function patched(zip: Uint8Array, from: string, to: string): Uint8Array {
  return Buffer.from(Buffer.from(zip).toString('latin1').replaceAll(from, to), 'latin1');
}

describe('collect', () => {
  it('finds files in folders and zips, in the order of their paths, without what systems put beside them', () => {
    const folder = given((at) => {
      mkdirSync(join(at, '김하늘_12345_assignsubmission_file_'));
      writeFileSync(join(at, '김하늘_12345_assignsubmission_file_/x.jotasu.json'), one);
      writeFileSync(join(at, '김하늘_12345_assignsubmission_file_/onlinetext.html'), one);
      writeFileSync(join(at, '.DS_Store'), one);
      writeFileSync(
        join(at, 'class.zip'),
        zipSync({
          'b/x.json': one,
          '__MACOSX/b/._x.json': one,
          'a.json': one,
          'in.zip': zipSync({ 'deep.json': one }),
        }),
      );
    });
    expect(all(folder)).toEqual([
      ['class.zip/a.json', 2],
      ['class.zip/b/x.json', 2],
      ['class.zip/in.zip/deep.json', 2],
      ['김하늘_12345_assignsubmission_file_/x.jotasu.json', 2],
    ]);
    expect(all(join(folder, 'class.zip'))[0]).toEqual(['a.json', 2]);
  });

  it('names what does not belong in an archive, and opens none of it', () => {
    const folder = given((at) => {
      writeFileSync(join(at, '1-slip.zip'), zipSync({ '../../etc/x.json': one, '/abs.json': one, 'C:/x.json': one }));
      writeFileSync(join(at, '2-backslash.zip'), patched(zipSync({ 'aa/bb/x.json': one }), 'aa/bb', '..\\..'));
      writeFileSync(
        join(at, '3-link.zip'),
        zipSync({ 'link.json': [strToU8('/etc/passwd'), { os: 3, attrs: 0o120777 << 16 }] }),
      );
      writeFileSync(join(at, '4-bomb.zip'), zipSync({ 'bomb.json': new Uint8Array(9 * 1024 * 1024) }));
      const inner = zipSync({ 'a.zip': zipSync({ 'b.zip': zipSync({ 'c.json': one }) }) });
      writeFileSync(join(at, '5-nested.zip'), inner);
      writeFileSync(join(at, '6-cut.zip'), zipSync({ 'a.json': one }).slice(0, -5));
      writeFileSync(join(at, '7-junk.zip'), strToU8('PK junk'));
      symlinkSync('/etc/passwd', join(at, '8-link.json'));
      writeFileSync(join(at, '9-huge.json'), new Uint8Array(8 * 1024 * 1024 + 1));
    });
    expect(all(folder)).toEqual([
      ['1-slip.zip/../../etc/x.json', 'unsafe-path'],
      ['1-slip.zip//abs.json', 'unsafe-path'],
      ['1-slip.zip/C:/x.json', 'unsafe-path'],
      ['2-backslash.zip/../../x.json', 'unsafe-path'],
      ['3-link.zip/link.json', 'unsafe-path'],
      ['4-bomb.zip/bomb.json', 'too-large'],
      ['5-nested.zip/a.zip/b.zip', 'bad-archive'],
      ['6-cut.zip', 'bad-archive'],
      ['7-junk.zip', 'bad-archive'],
      ['8-link.json', 'unsafe-path'],
      ['9-huge.json', 'too-large'],
    ]);
  });

  it('does not unpack more than an entry says, whatever it holds', () => {
    const folder = given((at) => {
      const zip = zipSync({ 'liar.json': new Uint8Array(3_000_000) });
      const view = new DataView(zip.buffer, zip.byteOffset);
      for (let offset = 0; offset < zip.length - 4; offset++)
        if (view.getUint32(offset, true) === 3_000_000) view.setUint32(offset, 10, true);
      writeFileSync(join(at, 'liar.zip'), zip);
    });
    const [[, found] = []] = all(folder);
    expect([10, 'bad-archive']).toContain(found);
  });

  it('reads names that Korean Windows writes', () => {
    const name = '김하늘.json';
    const folder = given((at) => {
      const plain = zipSync({ 'xxxxxx.json': one });
      writeFileSync(join(at, 'k.zip'), patched(plain, 'xxxxxx', iconv.encode('김하늘', 'cp949').toString('latin1')));
    });
    expect(all(folder)).toEqual([[`k.zip/${name}`, 2]]);
  });

  it('says when there is nothing', () => {
    expect(() => all(join(root, 'nowhere'))).toThrow(NothingHandedIn);
    expect(() => all(given(() => {}))).toThrow('There are no files');
  });
});

describe('names of LMS downloads', () => {
  it.each([
    ['Haneul Kim_12345_assignsubmission_file_/x.json', { lms: 'moodle', name: 'Haneul Kim', number: '12345' }],
    ['김하늘_12345_assignsubmission_file_x.json', { lms: 'moodle', name: '김하늘', number: '12345' }],
    ['kimhaneul_678_9012_deploy-web_2026.jotasu.json', { lms: 'canvas', name: 'kimhaneul', number: '678' }],
    ['kimhaneul_LATE_678_9012_x.jotasu-1.json', { lms: 'canvas', name: 'kimhaneul', number: '678', isLate: true }],
    [
      'Web lab_20260001_attempt_2026-03-09-13-45-10_start_20260001.jotasu.json',
      { lms: 'blackboard', login: '20260001', at: '2026-03-09T13:45:10' },
    ],
    ['20260001/start-deploy-web_20260001.jotasu.json', undefined],
  ])('%s', (path, mark) => expect(lmsMark(path)).toEqual(mark));

  it('knows what nobody handed in', () => {
    expect(isClutter('Web lab_20260001_attempt_2026-03-09-13-45-10.txt')).toBe(true);
    expect(isClutter('answers.txt')).toBe(false);
  });
});

describe('a roster', () => {
  const table = '학번,이름,이메일\r\n20260001,김하늘,haneul@example.ac.kr\r\n00420002,이바다,bada@example.ac.kr\r\n';
  it.each([
    ['UTF-8', Buffer.from(table)],
    ['UTF-8 with BOM', Buffer.from(`\ufeff${table}`)],
    ['CP949', iconv.encode(table, 'cp949')],
    ['UTF-16', iconv.encode(table, 'utf-16le', { addBOM: true })],
  ])('is read in %s', (_name, bytes) => {
    expect(readRoster(bytes).rows).toEqual([
      { id: '20260001', name: '김하늘', email: 'haneul@example.ac.kr' },
      { id: '00420002', name: '이바다', email: 'bada@example.ac.kr' },
    ]);
  });

  it('is read from what Canvas and Moodle export', () => {
    const canvas = 'Student,ID,SIS User ID,SIS Login ID,Section,Web (12)\n"Kim, Haneul",678,20260001,haneul,1,\n';
    expect(readRoster(strToU8(canvas)).rows).toEqual([
      { id: '20260001', name: 'Kim, Haneul', login: 'haneul', number: '678' },
    ]);
    const moodle = '식별자,전체 이름,이메일 주소,ID 번호,성적\n참가자12345,김하늘,h@x.kr,20260001,\n';
    expect(readRoster(strToU8(moodle)).rows).toEqual([
      { id: '20260001', name: '김하늘', email: 'h@x.kr', number: '참가자12345' },
    ]);
    expect(() => readRoster(strToU8('color,size\nred,3\n'))).toThrow('Its columns are: color, size');
  });

  it('finds learners by what they typed and where their file was, and by name when nothing else is known', () => {
    const rows = [
      { id: '20260001', name: 'Kim, Haneul', number: '678' },
      { id: '00420002', name: '이바다', login: 'bada' },
      { id: '3', name: '이바다' },
    ];
    const roster = new Roster(rows);
    const id = (found: ReturnType<Roster['find']>) => found.row?.id ?? (found as { why: string }).why;
    expect(id(roster.find({ learner: { id: ' 20260001', name: '?' }, file: 'x.json' }))).toBe('20260001');
    expect(id(roster.find({ learner: { id: '420002', name: '' }, file: 'x.json' }))).toBe('00420002');
    expect(id(roster.find({ learner: { id: '9', name: 'Haneul Kim' }, file: 'x.json' }))).toBe('20260001');
    expect(id(roster.find({ learner: { id: '9', name: '이바다' }, file: 'x.json' }))).toBe('several');
    expect(id(roster.find({ learner: { id: '3', name: '' }, file: 'kim_678_1_x.json' }))).toBe('contradiction');
    expect(id(roster.find({ file: 'Lab_bada_attempt_2026-03-09-13-45-10_x.pdf' }))).toBe('00420002');
    expect(id(roster.find({ learner: { id: '__proto__', name: 'constructor' }, file: 'x' }))).toBe('nobody');
  });
});

it('says what a list of pasted codes is for', () => {
  const codes = join(root, 'codes.csv');
  writeFileSync(codes, 'id,code\n1,8of10-7K3M-Q2XA\n');
  expect(() => [...collect(codes)]).toThrow(/only says which file is meant/);
});

describe('when submissions came in', () => {
  const learner = { id: '20260001', name: '김하늘' };
  const table = (text: string, encoding = 'utf8') => new Received('Asia/Seoul', iconv.encode(text, encoding));
  const saidOf = (received: Received, more: object = {}) => {
    const at = received.of({ learner, file: 'x.json', ...more });
    return at === undefined ? undefined : new Date(at).toISOString();
  };

  it.each([
    ['Student ID,Received', '2026-03-08 23:59', '2026-03-08T14:59:00.000Z'],
    ['학번,제출 시각', '2026-03-08T23:59:30+09:00', '2026-03-08T14:59:30.000Z'],
    ['SIS User ID,Submitted At', '2026-03-08 14:59:00 UTC', '2026-03-08T14:59:00.000Z'],
    ['ID number,Last modified (submission)', '"Sunday, 8 March 2026, 11:59 PM"', '2026-03-08T14:59:00.000Z'],
    ['학번,마지막 수정됨(제출)', '2026년 3월 8일(일) 오후 11:59', '2026-03-08T14:59:00.000Z'],
    ['학번,마지막 수정됨(제출)', '"2026년 3월 9일 월요일, 12:10 AM"', '2026-03-08T15:10:00.000Z'],
  ])('reads a table of %s', (titles, text, expected) => {
    for (const encoding of ['utf8', 'cp949'])
      expect(saidOf(table(`${titles}\r\n20260001,${text}\r\n20260002,-\r\n`, encoding))).toBe(expected);
  });

  it('by exercise, if the table says so, and for nobody else', () => {
    const received = table(
      'id,exercise,received\n20260001,a/b,2026-03-08 10:00\n20260001,c/d,2026-03-09 10:00\n20260001,,2026-03-10 10:00\n',
    );
    const days = ['a/b', 'c/d', 'e/f'].map((exercise) => saidOf(received, { exercise })?.slice(0, 10));
    expect(days).toEqual(['2026-03-08', '2026-03-09', '2026-03-10']);
    expect(received.of({ learner: { id: '7', name: 'Nobody' }, file: 'y' })).toBeUndefined();
  });

  it('takes the time that Blackboard writes into names as that of the course’s place', () => {
    const file = 'Web_20260001_attempt_2026-03-09-00-30-10_x.json';
    expect(saidOf(new Received('Asia/Seoul'), { file })).toBe('2026-03-08T15:30:10.000Z');
  });

  it('says what is wrong with a table', () => {
    expect(() => table('학번,이름\n1,김\n')).toThrow(/no columns of ids and of times.*학번, 이름/);
    expect(() => table('id,received\n1,yesterday\n')).toThrow(/line 2: "yesterday" is no time/);
  });
});
