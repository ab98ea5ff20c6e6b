import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { GradedFile } from '../batch/graded.ts';
import type { Exercise } from '../format/exercise.ts';
import type { Book } from './book.ts';
import { clock, span } from './figures.ts';
import { h } from './html.ts';
import { reportPages } from './write.ts';

const text = (en: string, ko = en) => ({ en, ko });
const EVIL = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>\u001b[31m\u202e`;
const exercise = {
  id: 'start/web',
  title: text('Put a web server up', '웹 서버 올리기'),
  steps: [
    {
      checks: [
        { id: 'runs', points: 2, title: text('It runs', '실행됩니다') },
        { id: 'heals', points: 1, title: text('It heals') },
      ],
    },
  ],
} as unknown as Exercise;

const file = (id: string, more: Partial<GradedFile> = {}): GradedFile => ({
  file: `class/${id}.jotasu.json`,
  sha256: createHash('sha256').update(id).digest('hex'),
  learner: { id, name: `Learner ${id}` },
  locale: 'ko',
  exercise: exercise.id,
  savedAt: '2026-03-08T15:00:00Z',
  points: 2,
  of: 3,
  report: {
    exercise: exercise.id,
    points: 2,
    of: 3,
    results: [
      { id: 'runs', status: 'passed', points: 2, of: 2, title: text('It runs', '실행됩니다') },
      {
        id: 'heals',
        status: 'failed',
        points: 0,
        of: 1,
        title: text('It heals', '복구됩니다'),
        mistake: { id: 'm', say: text('Use `kubectl scale`.', '`kubectl scale`을 쓰십시오.') },
      },
    ],
  },
  timeline: [
    { at: 100, kind: 'command', text: 'kubectl create deployment web', exit: 0 },
    { at: 165, kind: 'command', text: 'kubectl delete deployment web', exit: 1 },
  ],
  flags: [],
  ...more,
});

const book = (...files: GradedFile[]): Book => ({ files, exercises: new Map([[exercise.id, exercise]]) });
const feedbackOf = (one: GradedFile) => [...reportPages(book(one))].find(([path]) => path.startsWith('feedback/'))![1];

describe('reports', () => {
  it('tell learners in their language what was found, what they did, and when it broke', () => {
    const html = feedbackOf(
      file('1', {
        broke: { check: 'runs', at: 165, text: 'kubectl delete deployment web' },
        late: { seconds: 90_000, factor: 0.9 },
        override: { points: 2, reason: 'A power cut' },
        hidden: {
          exercise: exercise.id,
          points: 1,
          of: 2,
          results: [{ id: 'h', status: 'failed', points: 0, of: 1, title: text('SENTINEL') }],
        },
      }),
    );
    expect(html).toContain('<html lang="ko">');
    expect(html).toContain('<code>kubectl scale</code>을 쓰십시오.');
    expect(html).toContain('마감보다 1일 1시간 늦게 제출하여 점수의 90%를 반영했습니다.');
    expect(html).toContain('A power cut');
    expect(html).toContain('여기서부터 ‘실행됩니다’ 조건이 맞지 않게 되었습니다.');
    expect(html).toContain('종료 코드 1');
    expect(html).toContain('1개의 검사를 더 실행했습니다');
    expect(html).not.toContain('SENTINEL');
    expect(feedbackOf(file('1', { locale: 'en' }))).toContain('<h2>What was checked</h2>');
  });

  it('escape everything that somebody wrote, let no script in, and ask for nothing', () => {
    const evil = file('1', {
      file: EVIL,
      learner: { id: EVIL, name: EVIL },
      savedAt: EVIL,
      timeline: [{ at: 1, kind: 'command', text: EVIL }],
      override: { points: 1, reason: EVIL },
    });
    const broken = file('2', {
      file: `x/${EVIL}`,
      learner: { id: EVIL, name: EVIL },
      problem: 'altered',
      detail: EVIL,
      report: undefined,
      points: undefined,
    });
    for (const [path, html] of reportPages(book(evil, broken))) {
      expect(path).toMatch(/^[\p{L}\p{N}./-]+$/u);
      expect(path).not.toContain('..');
      expect(html).not.toMatch(/<(script|img)/);
      for (const sign of ['\u001b', '\u202e']) expect(html).not.toContain(sign);
      expect(html).not.toMatch(/<[^>]*\s(on\w+|style|src)=|javascript:|url\(|https?:/);
      expect(html).toContain("default-src 'none'");
      const style = /<style>([\s\S]*?)<\/style>/.exec(html)![1]!;
      expect(html).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    }
  });

  it('give the same bytes for the same class, and lead only to pages that are there', () => {
    const class_ = book(
      file('2'),
      file('1', { points: 3 }),
      file('3', { problem: 'damaged', report: undefined, points: undefined }),
    );
    const pages = reportPages(class_);
    expect([...reportPages(class_)]).toEqual([...pages]);
    for (const [path, html] of pages) {
      for (const [, href] of html.matchAll(/href="([^"]+)"/g)) {
        const target = new URL(href!, `file:///${path}`).pathname.slice(1);
        expect([...pages.keys()]).toContain(decodeURIComponent(target));
      }
    }
  });

  it('count for instructors how often each check passed, and what could not be graded', () => {
    const pages = reportPages(
      book(file('1'), file('2'), file('3', { problem: 'damaged', report: undefined, points: undefined })),
    );
    const page = pages.get('reports/en/exercises/start-web.html')!;
    expect(page).toContain('done 2 · not yet 0');
    expect(page).toContain('done 0 · not yet 2');
    expect(page).toContain('2×');
    expect(pages.get('reports/ko/index.html')).toContain('파일이 잘렸거나 손상되었습니다');
  });
});

describe('h', () => {
  it('escapes what is put in, once', () => {
    expect(h`<p title="${'"<'}">${['a&', h`<b>${'c<'}</b>`, undefined, false, 3]}</p>`.text).toBe(
      '<p title="&#34;&#60;">a&#38;<b>c&#60;</b>3</p>',
    );
  });
});

describe('times', () => {
  it.each([
    [0, '0 s', '0:00'],
    [65, '1 min 5 s', '1:05'],
    [3600, '1 h', '1:00:00'],
    [90_061, '1 d 1 h', '25:01:01'],
  ])('%d seconds are said', (seconds, words, digits) => {
    expect(span(seconds, 'en')).toBe(words);
    expect(clock(seconds)).toBe(digits);
  });
});
