import { defineCollection } from 'astro:content';
import { docsSchema } from '@astrojs/starlight/schema';
import { glob } from 'astro/loaders';
import { z } from 'astro/zod';
import { lessonId } from './course.ts';

/** What the front matter of a lesson says besides Starlight's own fields (title, description, lastUpdated, draft …). */
const lessonFields = z.object({
  /** The slug of its module in lessons/course.ts. */
  module: z.string(),
  /** How long a first reading with its exercise takes. */
  minutes: z.number().int().positive(),
  /** Pages of the Kubernetes documentation against which the facts were checked. */
  upstream: z.array(z.url()).default([]),
});

export const collections = {
  docs: defineCollection({
    loader: glob({ base: './lessons', pattern: '**/[^_]*.{md,mdx}', generateId: ({ entry }) => lessonId(entry) }),
    schema: docsSchema({
      // Starlight makes an entry of its own for the 404 page, which is no lesson.
      extend: lessonFields.partial(),
    }),
  }),
};
