import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { fill, layoutOf } from './fill.ts';
import type { Score } from './scores.ts';
import { readSheet, SheetError, withCells } from './sheet.ts';

const web = { exercise: 'start/deploy-web', title: { en: 'Deploy the web', ko: '웹 배포하기' }, of: 4 };
const score = (id: string, name: string, points: number, more: Partial<Score> = {}): Score => ({
  ...web,
  points,
  learner: { id, name },
  file: `${id}.jotasu.json`,
  ...more,
});
const bytes = (text: string, encoding = 'utf8') => new Uint8Array(iconv.encode(text, encoding));
const text = (data: Uint8Array, encoding = 'utf8') => iconv.decode(Buffer.from(data), encoding, { stripBOM: false });

const CANVAS = [
  'Student,ID,SIS User ID,SIS Login ID,Section,Notes,Deploy the web (4711),Essay (4712),Assignments Current Score,Final Score',
  ',,,,,,Manual Posting,,,',
  '    Points Possible,,,,,,10.00,5.00,(read only),(read only)',
  '"Kim, Haneul",101,20260001,haneul,"Sec, 1","=HYPERLINK(""x"")",,4.00,80.0,80.0',
  '"Lee, Bada",102,20260002,bada,"Sec, 1",,EX,,,',
  '"Park, San",103,20260003,san,"Sec, 1",,3.00,"5.00",,',
  '"Student, Test",104,,abcdef,"Sec, 1",,,,,',
  '',
].join('\r\n');

describe('fill: Canvas', () => {
  const scores = [score('20260001', '김하늘', 3), score('bada', '이바다', 4), score('20260009', 'Nobody', 4)];

  it('writes the points on the column’s scale, and nothing else', () => {
    const filled = fill(readSheet(bytes(CANVAS)), scores);
    expect(filled.layout.format).toBe('canvas');
    expect(filled.columns).toEqual([{ exercise: web.exercise, title: 'Deploy the web (4711)', max: 10 }]);
    expect(text(filled.bytes)).toBe(CANVAS.replace('"=HYPERLINK(""x"")",,4.00', '"=HYPERLINK(""x"")",7.5,4.00'));
  });

  it('leaves excused cells alone and lists them, and those that are in no row', () => {
    const filled = fill(readSheet(bytes(CANVAS)), scores);
    expect(filled.kept).toEqual([{ who: 'Lee, Bada', exercise: web.exercise, why: 'it says EX' }]);
    expect(filled.unmatched.map(({ score: { learner } }) => learner.id)).toEqual(['20260009']);
  });

  it('takes the column that is named, by its number too', () => {
    const filled = fill(readSheet(bytes(CANVAS)), scores, { columns: { [web.exercise]: '4712' } });
    expect(filled.written.map(({ value }) => value)).toEqual(['3.75', '5']);
    expect(() => fill(readSheet(bytes(CANVAS)), scores, { columns: { [web.exercise]: 'Exam' } })).toThrow(/There are/);
    expect(() => fill(readSheet(bytes(CANVAS)), scores, { columns: { [web.exercise]: 'Final Score' } })).toThrow(
      SheetError,
    );
  });

  it('takes the course’s word for a column where there is one, and the title elsewhere', () => {
    const hints = { [web.exercise]: 'Essay' };
    expect(fill(readSheet(bytes(CANVAS)), scores, { hints }).columns[0]?.title).toBe('Essay (4712)');
    expect(fill(readSheet(bytes(WORKSHEET)), scores, { hints }).columns[0]?.title).toBe('성적');
  });

  it('never writes into the test student’s row', () => {
    const filled = fill(readSheet(bytes(CANVAS)), [score('abcdef', 'Student, Test', 4)]);
    expect(filled.written).toEqual([]);
    expect(filled.unmatched).toHaveLength(1);
  });

  it('matches by the number that Canvas puts into file names, and refuses a folder that is somebody else’s', () => {
    const own = score('x', 'x', 4, { file: 'parksan_LATE_103_9001_web.jotasu.json' });
    expect(fill(readSheet(bytes(CANVAS)), [own]).written).toMatchObject([{ who: 'Park, San', value: '10' }]);
    const other = score('20260001', '김하늘', 4, { file: 'parksan_103_9001_web.jotasu.json' });
    expect(fill(readSheet(bytes(CANVAS)), [other]).unmatched[0]?.why).toContain('folder');
  });

  it('writes nothing where two submissions claim a cell', () => {
    const filled = fill(readSheet(bytes(CANVAS)), [score('20260001', 'a', 1), score('haneul', 'b', 4)]);
    expect(filled.written).toEqual([]);
    expect(filled.kept[0]?.why).toContain('2 submissions');
  });
});

const WORKSHEET =
  '\ufeff식별자,"전체 이름",학번,"이메일 주소",상태,성적,"최대 성적","성적 변경 가능","마지막 수정됨(제출)","마지막 수정됨(성적)","피드백 덧글"\n' +
  '"참가자 881",김하늘,20260001,haneul@example.ac.kr,"채점을 위해 제출되었습니다.",,100.00,예,"2026년 3월 2일(월) 오후 3:04",-,\n' +
  '"참가자 882",이바다,20260002,bada@example.ac.kr,,,"100,00",예,-,-,\n' +
  '"참가자 883",박산,20260003,san@example.ac.kr,,,100.00,아니오,-,-,"잘했습니다"\n';

describe('fill: Moodle', () => {
  it.each(['utf8', 'cp949'])(
    'fills in the worksheet with Korean titles in %s, keeping every other byte',
    (encoding) => {
      const source = encoding === 'utf8' ? WORKSHEET : WORKSHEET.slice(1);
      const scores = [score('haneul', '김하늘', 3), score('x', '이바다', 1), score('20260003', '박산', 4)];
      const filled = fill(readSheet(bytes(source, encoding)), scores);
      expect(filled.layout.format).toBe('moodle-worksheet');
      expect(text(filled.bytes, encoding)).toBe(
        source.replace('되었습니다.",,100.00', '되었습니다.",75,100.00').replace(',,,"100,00"', ',,25,"100,00"'),
      );
      expect(filled.byName).toEqual(['이바다']);
      expect(filled.kept).toHaveLength(1);
    },
  );

  it('writes decimals with the comma where the file has one', () => {
    const filled = fill(readSheet(bytes(WORKSHEET)), [score('bada', '이바다', 1, { of: 3 })]);
    expect(filled.written[0]?.value).toBe('33,33');
  });

  it('matches by the participant’s number in the folder’s name', () => {
    const own = score('who', 'who', 4, { file: '김하늘_881_assignsubmission_file/web.jotasu.json' });
    expect(fill(readSheet(bytes(WORKSHEET)), [own]).written).toMatchObject([{ who: '김하늘', value: '100' }]);
  });

  it('fills in the gradebook’s own export, in a column with what Moodle adds to its title', () => {
    const source =
      '이름,성,학번,기관,부서,"이메일 주소","과제: 웹 배포하기 (실수)","강좌 총점 (실수)","이 강좌에서 마지막으로 다운로드함"\r\n하늘,김,20260001,,,h@x.kr,-,-,1772000000';
    const filled = fill(readSheet(bytes(source)), [score('20260001', '김하늘', 3)]);
    expect(filled.layout.format).toBe('moodle-grades');
    expect(text(filled.bytes)).toBe(source.replace('h@x.kr,-,', 'h@x.kr,3,'));
  });
});

describe('fill: Blackboard', () => {
  const source =
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t"Deploy the web [Total Pts: 8 Score] |664617"\t"Total [Total Pts: 8 Score] |664618"\r\n' +
    '"김"\t"하늘"\t"haneul"\t"20260001"\t"2026-03-02 09:00:00"\t"Yes"\t""\t""\r\n';

  it.each([
    ['utf-16le', true],
    ['utf-16be', true],
    ['utf-16le', false],
  ] as const)('fills in %s (byte order mark: %s), tabs and quotes as they were', (encoding, mark) => {
    const data = new Uint8Array(iconv.encode(source, encoding, { addBOM: mark }));
    const filled = fill(readSheet(data), [score('haneul', '김하늘', 4)]);
    expect(filled.layout.format).toBe('blackboard');
    const expected = source.replace('"Yes"\t""', '"Yes"\t"8"');
    expect(Buffer.from(filled.bytes).equals(iconv.encode(expected, encoding, { addBOM: mark }))).toBe(true);
  });
});

describe('readSheet', () => {
  it('keeps every byte of a table in which nothing is changed, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (data) => {
        try {
          const sheet = readSheet(data);
          expect(Buffer.from(withCells(sheet, new Map())).equals(Buffer.from(data))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(SheetError);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('takes apart what it puts together, cell by cell', () => {
    const cells = fc.array(
      fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '한', ' ') }), {
        minLength: 2,
        maxLength: 4,
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(cells, (table) => {
        const source = table.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\r\n');
        expect(readSheet(bytes(source)).rows.map((row) => row.map((cell) => cell.text))).toEqual(table);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('says what it cannot read', () => {
    expect(() => readSheet(new Uint8Array([0x50, 0x4b, 3, 4]))).toThrow(/save it as CSV/);
    expect(() => layoutOf(readSheet(bytes('a,b,c\n1,2,3')))).toThrow(/Known are: Canvas/);
    expect(() => layoutOf(readSheet(new Uint8Array()))).toThrow(SheetError);
  });
});
