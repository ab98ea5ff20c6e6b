import { readFileSync } from 'node:fs';
import path from 'node:path';
import { unified } from '@astrojs/markdown-remark';
import mdx from '@astrojs/mdx';
import starlight from '@astrojs/starlight';
import svelte from '@astrojs/svelte';
import { defineConfig } from 'astro/config';
import remarkCjkFriendly from 'remark-cjk-friendly';
import { containerBundle } from './scripts/site/container-files.ts';
import { lateFunctions } from './scripts/site/late/plugin.ts';
import { containerPrograms } from './site/container/integration.ts';
import { sidebar } from './site/course.ts';
import { course } from './site/course-file.ts';
import { remarkAsideLabels } from './site/markdown/aside-labels.ts';
import { codeRegions } from './site/markdown/code-regions.ts';
import { remarkGlossaryLinks } from './site/markdown/glossary-links.ts';
import { remarkLessonComponents } from './site/markdown/lesson-components.ts';
import { offline } from './site/offline/integration.ts';
import { searchWords } from './site/search/integration.ts';
import { writeFontFaces } from './site/styles/font-faces.ts';
import { workspaceAhead } from './site/workspace/integration.ts';

/** Rolldown warns of every MDX file that Astro marks with a directive of its own, which Astro reads before it is dropped. */
function isAstroDirective(warning: { code?: string; message: string }): boolean {
  return warning.code === 'MODULE_LEVEL_DIRECTIVE' && warning.message.includes('astro:head-inject');
}

writeFontFaces('.cache/fonts');

export default defineConfig({
  srcDir: './site',
  publicDir: './site/public',
  outDir: process.env.JOTASU_DIST ?? './dist',
  // A course's pages are other pages: they are kept apart from those of the whole book.
  cacheDir: course === undefined ? './node_modules/.astro' : './.cache/astro-course',
  trailingSlash: 'always',
  // A toolbar would be one more thing on the author's page that a learner never sees.
  devToolbar: { enabled: false },
  markdown: {
    // Astro's own processor leaves `**파드(Pod)**는` as literal asterisks.
    processor: unified({
      remarkPlugins: [remarkCjkFriendly, remarkAsideLabels, remarkGlossaryLinks, remarkLessonComponents],
    }),
  },
  vite: {
    define: { __COURSE__: JSON.stringify({ id: course?.id, variants: course?.variants ?? true }) },
    resolve: {
      alias: [{ find: /^@pagefind\/default-ui$/, replacement: path.resolve('site/search/pagefind-ui.ts') }],
    },
    // Modules, so that a Worker can load parts of itself later.
    worker: { format: 'es', plugins: () => [lateFunctions()] },
    build: {
      rolldownOptions: {
        onwarn(warning, warn) {
          if (!isAstroDirective(warning)) warn(warning);
        },
      },
    },
  },
  integrations: [
    searchWords(),
    starlight({
      title: { ...(course?.title ?? { en: 'Jotasu', ko: '조타수' }) },
      favicon: '/favicon.svg',
      head: ['register', 'keep-place'].map((name) => ({
        tag: 'script' as const,
        content: readFileSync(`./site/offline/${name}.js`, 'utf8'),
      })),
      defaultLocale: 'en',
      locales: {
        en: { label: 'English', lang: 'en' },
        ko: { label: '한국어', lang: 'ko' },
      },
      customCss: [
        './site/styles/fonts.css',
        './site/styles/tokens.css',
        './site/styles/starlight.css',
        './site/styles/text.css',
        './site/styles/lit.css',
        './site/styles/print.css',
      ],
      components: {
        Footer: './site/components/LessonFooter.astro',
        PageTitle: './site/components/PageTitle.astro',
        SiteTitle: './site/components/SiteTitle.astro',
      },
      routeMiddleware: './site/lesson-route.ts',
      markdown: { headingLinks: false, processedDirs: ['./lessons'] },
      sidebar,
      disable404Route: true,
      credits: false,
      expressiveCode: {
        themes: ['github-dark', 'github-light'],
        styleOverrides: {
          borderRadius: '0.375rem',
          codeFontFamily: 'var(--font-code)',
          frames: { editorActiveTabIndicatorTopColor: 'var(--accent)' },
        },
      },
    }),
    mdx(),
    svelte(),
    containerPrograms(containerBundle),
    // Before offline(), which reads the pages as they will be served.
    workspaceAhead(),
    codeRegions(),
    offline(),
  ],
});
