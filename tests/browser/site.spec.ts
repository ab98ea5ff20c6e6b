/** The shell of the site: both languages, light and dark, phone and desktop, keyboard, and nothing from elsewhere. */
import type { Page } from '@playwright/test';
import { axeFindings, COLOUR_RULES, expect, horizontalOverflow, nextFrame, test } from './fixtures.ts';

const PAGES = [
  { path: '/en/', lang: 'en', heading: 'Take the helm' },
  { path: '/ko/', lang: 'ko', heading: '키를 잡아 보세요' },
  { path: '/en/start/first-cluster/', lang: 'en', heading: 'Your first cluster' },
  { path: '/ko/start/first-cluster/', lang: 'ko', heading: '첫 클러스터' },
];

/** 0 is black, 255 is white. */
async function paper(page: Page): Promise<number> {
  return Number(/\d+/.exec(await page.evaluate(() => getComputedStyle(document.body).backgroundColor))?.[0]);
}

for (const { path, lang, heading } of PAGES) {
  test(`${path} loads clean, passes axe in light and dark, and fits every width`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(path);
    await expect(page.locator('html')).toHaveAttribute('lang', lang);
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
    expect(await paper(page)).toBeGreaterThan(240);
    expect(await axeFindings(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    expect(await paper(page)).toBeLessThan(40);
    expect(await axeFindings(page, { rules: COLOUR_RULES })).toEqual([]);
    for (const width of [3840, 1280, 768, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await nextFrame(page);
      expect(await horizontalOverflow(page), `${width} pixels`).toBe(0);
    }
    // As a phone loads it.
    await page.reload();
    expect(await horizontalOverflow(page)).toBe(0);
  });
}

test('an address that does not exist answers in both languages', async ({ page, watched }) => {
  const answer = await page.goto('/ko/nowhere/');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('link', { name: 'Go to the first page' })).toBeVisible();
  await expect(page.getByRole('link', { name: '첫 페이지로 가기' })).toBeVisible();
  expect(await axeFindings(page)).toEqual([]);
  // The 404 itself is what was asked for here.
  expect(watched.errors.every((error) => error.includes('404'))).toBe(true);
  watched.errors.length = 0;
});

test('a lesson by key, on paper and in the other language', async ({ page }) => {
  await test.step('the first key press reaches the skip link, which leads to the text', async () => {
    await page.goto('/en/start/first-cluster/');
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to content' });
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/#_top$/);
  });
  await test.step('keys reach a block of code from the moment it scrolls, and no longer', async () => {
    const stops = await page
      .locator('.expressive-code pre')
      .first()
      .evaluate(async (block) => {
        const stop: boolean[] = [];
        for (const width of ['200rem', '5rem', '200rem']) {
          block.style.width = width;
          for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
          stop.push(block.getAttribute('tabindex') === '0');
        }
        block.style.width = '';
        return stop;
      });
    expect(stops).toEqual([false, true, false]);
  });
  await test.step('it prints without its buttons', async () => {
    await page.emulateMedia({ media: 'print' });
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('.pane-tabs:visible, .sidebar:visible, .pagination-links:visible')).toHaveCount(0);
    await page.emulateMedia({ media: 'screen' });
  });
  await test.step('the language switch keeps the page', async () => {
    await page.getByRole('combobox', { name: 'Select language' }).first().selectOption({ label: '한국어' });
    await expect(page).toHaveURL(/\/ko\/start\/first-cluster\/(#.*)?$/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('첫 클러스터');
  });
  await test.step('an aside is titled in the language of its lesson', async () => {
    await expect(page.locator('aside[aria-label="참고"]')).toBeVisible();
  });
  await test.step('its foot leads to its exercises, and names where its facts come from', async () => {
    const practice = page.getByRole('region', { name: '실습', exact: true });
    await expect(practice.getByRole('link')).toHaveCount(2);
    await expect(page.locator('details.sources a').first()).toHaveAttribute('href', /kubernetes\.io/);
    const size = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 844 });
    await practice.getByRole('link').first().click();
    await expect(page.locator('#workspace')).toBeInViewport();
    await expect(practice).toBeHidden();
    await page.getByRole('button', { name: '수업', exact: true }).click();
    await expect(practice).toBeVisible();
    if (size !== null) await page.setViewportSize(size);
  });
  await test.step('Korean emphasis beside a particle is emphasis', async () => {
    await expect(page.locator('main strong', { hasText: '조정 루프(reconcile loop)' })).toBeVisible();
    // Quoted source has comments that begin with two asterisks; prose has none.
    await expect(page.locator('main :is(p, li, td)').filter({ hasText: '**' })).toHaveCount(0);
  });
});

test('the home page leads to the first lesson, search to any, and the other language is at hand on a phone', async ({
  page,
}) => {
  await page.goto('/ko/');
  await page.getByRole('button', { name: '검색' }).click();
  await page.getByRole('textbox', { name: '검색' }).or(page.getByPlaceholder('검색')).first().fill('컨트롤');
  await expect(page.getByRole('link', { name: /첫 클러스터/ }).first()).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: '첫 수업 시작하기' }).click();
  await expect(page).toHaveURL(/\/ko\/start\/why-orchestration\/$/);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('/ko/');
  await page.getByRole('combobox', { name: '언어 선택' }).filter({ visible: true }).selectOption({ label: 'English' });
  await expect(page).toHaveURL(/\/en\/$/);
});

for (const { locale, home } of [
  { locale: 'ko-KR', home: /\/ko\/$/ },
  { locale: 'fr-FR', home: /\/en\/$/ },
]) {
  test.describe(`a browser in ${locale}`, () => {
    test.use({ locale });
    test('is sent to its language by the server, and by the page on hosts that cannot', async ({ page }) => {
      await page.goto('/');
      await expect(page).toHaveURL(home);
      await page.goto('/index.html');
      await expect(page).toHaveURL(home);
    });
  });
}
