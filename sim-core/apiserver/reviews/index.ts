import { localSubjectAccessReview, selfSubjectAccessReview, subjectAccessReview } from './access.ts';
import { selfSubjectReview, tokenReview } from './identity.ts';
import type { Review } from './review.ts';
import { selfSubjectRulesReview } from './rules.ts';

export type { Review } from './review.ts';

/** Every kind that is a question. */
export const reviews: readonly Review[] = [
  tokenReview,
  selfSubjectReview,
  subjectAccessReview,
  selfSubjectAccessReview,
  localSubjectAccessReview,
  selfSubjectRulesReview,
];
