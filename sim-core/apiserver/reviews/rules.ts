import { badRequest } from '../../api/status.ts';
import { type Review, reviewResource } from './review.ts';

/** What may I do in a namespace? (registry/authorization/selfsubjectrulesreview, `kubectl auth can-i --list`) */
export const selfSubjectRulesReview: Review = {
  resource: reviewResource('authorization.k8s.io', 'SelfSubjectRulesReview'),
  answer(server, { user }, { spec }) {
    const { namespace = '' } = (spec ?? {}) as { namespace?: string };
    if (namespace === '') throw badRequest('no namespace on request');
    return { ...server.rulesFor(user, namespace) };
  },
};
