import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALTOGETHER, altogether, bootWithin, preflight, SILENCE } from './boot.ts';
import type { Container } from './container.ts';

const CONTAINER = { workdir: '/home/learner' } as Container;
const page = {
  isolated: true,
  online: true,
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36',
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** How a promise ends, once timers have run so far. */
async function endAfter(milliseconds: number, promise: Promise<unknown>): Promise<unknown> {
  let end: unknown = 'pending';
  promise.then(
    (value) => {
      end = value;
    },
    (error: unknown) => {
      end = String(error);
    },
  );
  await vi.advanceTimersByTimeAsync(milliseconds);
  return end;
}

describe('a boot', () => {
  it('is given up on after ten seconds of silence', async () => {
    const boot = bootWithin(() => new Promise(() => {}));
    expect(await endAfter(SILENCE - 1, boot)).toBe('pending');
    expect(await endAfter(1, boot)).toBe('BootError: silent');
  });

  it('may take longer once something was heard, and a minute in all', async () => {
    let hear = () => {};
    const boot = altogether(
      bootWithin((heard) => {
        hear = heard;
        return new Promise(() => {});
      }),
    );
    await vi.advanceTimersByTimeAsync(SILENCE - 1);
    hear();
    expect(await endAfter(ALTOGETHER - SILENCE, boot)).toBe('pending');
    expect(await endAfter(1, boot)).toBe('BootError: slow');
  });

  it('answers the container, and leaves no timer behind', async () => {
    expect(await altogether(bootWithin(async () => CONTAINER))).toBe(CONTAINER);
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails with what the vendor says', async () => {
    await expect(bootWithin(() => Promise.reject(new Error('no room')))).rejects.toThrow('failed: Error: no room');
  });
});

describe('preflight', () => {
  it('lets an isolated page with a network through', () => {
    expect(preflight(page)).toBeUndefined();
  });

  it.each([
    ['offline', { ...page, online: false }],
    ['not-isolated', { ...page, isolated: false }],
    ['web-view', { ...page, userAgent: 'Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) AppleWebKit/537.36' }],
    ['web-view', { ...page, isolated: false, userAgent: 'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 KAKAOTALK 10.4.5' }],
    ['web-view', { ...page, userAgent: 'Mozilla/5.0 (Linux; Android 13) NAVER(inapp; search; 1100; 12.5.1)' }],
  ] as const)('says %s', (problem, given) => {
    expect(preflight(given)).toBe(problem);
  });
});
