import { defineCollection } from 'astro:content';
import { docsSchema, i18nSchema } from '@astrojs/starlight/schema';
import { glob } from 'astro/loaders';
import { z } from 'astro/zod';
import { lessonId, lessonPatterns } from './course.ts';

/** What the front matter of a lesson says besides Starlight's own fields (title, description, lastUpdated, draft …). */
const lessonFields = z.object({
  /** The slug of its module in lessons/course.ts. */
  module: z.string(),
  /** How long a first reading with its exercise takes. */
  minutes: z.number().int().positive(),
  /** Pages of the Kubernetes documentation against which the facts were checked. */
  upstream: z.array(z.url()).default([]),
});

/** Starlight's own strings, where we say it differently. */
const starlightStrings = [
  { id: 'en', 'search.devWarning': 'Search works in a built site: npm start.' },
  { id: 'ko', 'search.devWarning': '검색은 빌드한 사이트에서 동작합니다: npm start.' },
];

export const collections = {
  i18n: defineCollection({ loader: () => starlightStrings, schema: i18nSchema() }),
  docs: defineCollection({
    loader: glob({ base: './lessons', pattern: lessonPatterns, generateId: ({ entry }) => lessonId(entry) }),
    schema: docsSchema({
      // Starlight makes an entry of its own for the 404 page, which is no lesson.
      extend: lessonFields.partial(),
    }),
  }),
};
