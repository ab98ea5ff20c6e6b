import { z } from 'zod';
import { isTimezone } from './moment.ts';

/** The form of `course.yaml`. Used where a course is read and built, never in a page. */
const text = z.strictObject({ en: z.string().min(1), ko: z.string().min(1) }).describe('A text in both languages.');
const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');
const date = z
  .string()
  .describe('2026-03-09, 2026-03-09 23:59 (on clocks of the course’s time zone), or 2026-03-09T23:59:00+09:00.');
const duration = z
  .string()
  .regex(/^(?=\d)(\d+d)?(\d+h)?(\d+m)?$/, 'a time such as 10m, 2h, 1d or 1d12h')
  .describe('A time such as 10m, 2h, 1d or 1d12h.');
const percent = z
  .string()
  .regex(/^(100|\d{1,2})(\.\d+)?%$/, 'a part such as 10%')
  .describe('A part such as 10%.');

const late = z
  .strictObject({
    grace: duration.default('0m').describe('Lateness that nobody minds.'),
    lose: percent.describe('The part of the points earned that is lost …'),
    each: duration.default('1d').describe('… for every such time begun.'),
    least: percent.default('0%').describe('The part that is kept however late it is.'),
    until: duration.optional().describe('After that, nothing is given.'),
  })
  .describe('What handing in late costs.');

export const courseFile = z.strictObject({
  id: slug.describe('Goes into every submission, and into every learner’s seed. Choose a new one each term.'),
  title: text,
  timezone: z
    .string()
    .refine(isTimezone, 'the name of a time zone, such as Asia/Seoul')
    .default('UTC')
    .describe('Where the dates below are on the clock, such as Asia/Seoul.'),
  variants: z.boolean().default(true).describe('Whether each learner has names and numbers of their own.'),
  late: late.optional(),
  modules: z
    .array(
      z.strictObject({
        module: slug.describe('A folder of lessons/.'),
        title: text.optional(),
        lessons: z.array(slug).min(1).optional().describe('In this order; without it, all of the module’s.'),
      }),
    )
    .min(1)
    .optional()
    .describe('What of the book the course uses, in its order; without it, all of it.'),
  exercises: z
    .array(
      z.strictObject({
        exercise: z
          .string()
          .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'module/exercise, a folder of exercises/')
          .describe('module/exercise, a folder of exercises/.'),
        weight: z.number().positive().default(1).describe('What it counts for, beside the others.'),
        open: date.optional().describe('From when on it can be worked on.'),
        due: date.optional().describe('Until when it is handed in. A day without a time means its end.'),
        solution: date.optional().describe('From when on the site shows the solution; without it, never.'),
        column: z.string().min(1).optional().describe('The column of the LMS that takes its points.'),
        late: late.optional().describe('Instead of the course’s.'),
      }),
    )
    .min(1),
});

/** The JSON Schema of `course.yaml`, for editors. */
export function courseSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(courseFile, { io: 'input' });
  return { ...schema, $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'A course of Jotasu' };
}
