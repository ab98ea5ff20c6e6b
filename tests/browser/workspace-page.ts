/** What the tests of the workspace do and look at, in a learner's terms. */
import { expect, type Locator, type Page } from '@playwright/test';

/** Opens the first lesson and waits until its cluster runs and its terminal takes keys. */
export async function openWorkspace(page: Page, language: 'en' | 'ko' = 'en'): Promise<void> {
  await page.goto(`/${language}/start/first-cluster/`);
  if ((page.viewportSize()?.width ?? 0) < 1152) await page.locator('[data-pane=workspace]').click();
  await expect(page.locator('.island')).toHaveAttribute('data-status', 'running');
  await expect(page.locator('.xterm-rows')).toContainText('$');
}

/** From now on nothing that the cluster does is waited for: its clock goes on as soon as nothing is left to do. */
export async function hurry(page: Page): Promise<void> {
  const fastest = page.locator('.island input[value=max]');
  // The clock is the cluster's: what is chosen shows when the cluster has answered.
  await fastest.click({ force: true });
  await expect(fastest).toBeChecked();
}

/** Puts a command into the terminal's line, as an input method does, and presses Enter. */
export async function run(page: Page, command: string): Promise<void> {
  await page.locator('.xterm-helper-textarea').focus();
  // The key that opened an editor came up there: the terminal takes text only when it has seen every key come up.
  await page.keyboard.press('Shift');
  await page.keyboard.insertText(command);
  await page.keyboard.press('Enter');
}

/** The text on the terminal's screen. */
export function screen(page: Page): Locator {
  return page.locator('.xterm-rows');
}

/** The learner's pods in the map, in a state. */
export function pods(page: Page, state = ''): Locator {
  return page.locator(`.stage .pods .pod:not(.small):has(.tile${state === '' ? '' : `.${state}`})`);
}
