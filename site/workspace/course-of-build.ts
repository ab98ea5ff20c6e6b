import { DEFAULT_COURSE } from '../../grading/seed.ts';

/** Put in its place by the build (`define` in astro.config.ts); where nothing is built, there is none. */
declare const __COURSE__: { readonly id?: string; readonly variants: boolean } | undefined;

const course = typeof __COURSE__ === 'undefined' ? undefined : __COURSE__;

/** Goes into submissions and seeds. */
export const COURSE_ID = course?.id ?? DEFAULT_COURSE;

/** Whether each learner has names and numbers of their own. */
export const HAS_VARIANTS = course?.variants ?? true;
