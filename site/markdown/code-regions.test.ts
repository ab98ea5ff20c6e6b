import { expect, it } from 'vitest';
import { nameBlocks } from './code-regions.ts';

it('gives each block of code a name of its own, and leaves names that are there', () => {
  const html =
    '<pre data-language="ts"><code></code></pre><pre data-language="yaml" aria-label="mine"></pre><pre data-language="ts" tabindex="0">';
  expect(nameBlocks(html, (language, number) => `${language} ${number}`)).toBe(
    '<pre data-language="ts" aria-label="ts 1"><code></code></pre><pre data-language="yaml" aria-label="mine"></pre><pre data-language="ts" aria-label="ts 2" tabindex="0">',
  );
});
