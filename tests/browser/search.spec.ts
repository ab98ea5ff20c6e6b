/** Search in Korean, through the page's own box: forms of words, parts of compounds, and what each query must lead to. */
import { expect, test } from './fixtures.ts';

/** Each query with a page that it has to find among the first results. */
const QUERIES: readonly (readonly [query: string, title: RegExp])[] = [
  // Nouns as they stand in a sentence.
  ['클러스터에서는', /클러스터/],
  ['컨트롤러를', /컨트롤러/],
  ['퍼시스턴트볼륨으로', /PV와 PVC/],
  // Verbs.
  ['삭제하면', /클러스터|컨트롤러/],
  // Later parts of what is written together.
  ['볼륨클레임', /PV와 PVC/],
  ['클레임을', /PV와 PVC/],
  // As it is typed, letter by letter, and in the other alphabet.
  ['퍼시스', /PV와 PVC/],
  ['PersistentVolumeClaim', /PV와 PVC/],
];

test('Korean queries find what they mean', async ({ page }) => {
  test.slow();
  await page.goto('/ko/');
  await page.getByRole('button', { name: '검색' }).click();
  const box = page.getByPlaceholder('검색').first();
  await expect(page.getByRole('search', { name: '이 사이트에서 검색' })).toBeVisible();
  for (const [query, title] of QUERIES) {
    await test.step(query, async () => {
      await box.fill('');
      await expect(page.locator('.pagefind-ui__result')).toHaveCount(0);
      await box.fill(query);
      await expect(page.locator('.pagefind-ui__result-title').filter({ hasText: title }).first()).toBeVisible();
    });
  }
});
