import { afterEach, expect, it, vi } from 'vitest';
import { nextPicture, nextTask } from './next-task.ts';

afterEach(() => vi.unstubAllGlobals());

/** What came, in order: what was done at once, what a promise brought, and what waited for a task. */
async function order(): Promise<string> {
  const said: string[] = [];
  const task = nextTask().then(() => said.push('task'));
  void Promise.resolve().then(() => said.push('promise'));
  said.push('now');
  await task;
  return said.join(' ');
}

it('lets everything come first that waits, in browsers without a scheduler too', async () => {
  vi.stubGlobal('scheduler', undefined);
  expect(await order()).toBe('now promise task');
});

it('asks the browser’s scheduler where there is one', async () => {
  const asked = vi.fn(() => new Promise<void>((resolve) => setTimeout(resolve)));
  vi.stubGlobal('scheduler', { yield: asked });
  expect(await order()).toBe('now promise task');
  expect(asked).toHaveBeenCalledOnce();
});

it('does not wait for the picture of a page that has none', async () => {
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('requestAnimationFrame', () => 0);
  await nextPicture();
});
