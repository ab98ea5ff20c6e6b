import type { ErrorList } from '../../api/field-error.ts';
import { invalid } from '../../api/field-error.ts';
import type {
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingWebhookConfiguration,
} from '../../api/objects.ts';
import type { AdmissionPlugin } from '../admission/plugin.ts';
import type { CelCompiler } from '../custom-resources/cel.ts';
import { invalidObject } from '../validation.ts';
import { NAMES } from './evaluation.ts';

const GROUP = 'admissionregistration.k8s.io';
const KINDS: ReadonlyMap<string, string> = new Map([
  [`validatingadmissionpolicies.${GROUP}`, 'ValidatingAdmissionPolicy'],
  [`validatingwebhookconfigurations.${GROUP}`, 'ValidatingWebhookConfiguration'],
  [`mutatingwebhookconfigurations.${GROUP}`, 'MutatingWebhookConfiguration'],
]);
/** What a match condition may speak of, where there are no parameters: variables come after it. */
const MATCH_NAMES = NAMES.filter((name) => name !== 'variables' && name !== 'params');

/** Checks one expression: where it is, what it speaks of, and what it may make. Absent ones are well. */
type Check = (
  expression: string | undefined,
  at: string,
  names: readonly string[],
  results?: readonly string[],
) => void;

/**
 * Compiles the expressions of a policy or of webhooks that somebody writes (validateValidatingAdmissionPolicySpec, validateMatchConditions).
 * Upstream it is part of the kinds' validation; here it stands apart, since compiling needs a pack that is not always there.
 */
export function expressionCheck(cel: () => CelCompiler | undefined): AdmissionPlugin {
  return {
    name: 'AdmissionExpressions',
    handles: (operation, resource, subresource) =>
      KINDS.has(resource) && subresource === undefined && (operation === 'CREATE' || operation === 'UPDATE'),
    validate({ object, request }) {
      const kind = KINDS.get(`${request.target.resource.plural}.${GROUP}`)!;
      const compiler = cel();
      if (compiler === undefined) {
        if (kind === 'ValidatingAdmissionPolicy')
          request.warnings.push('CEL is not loaded in this simulated cluster: admission policies are not evaluated');
        return;
      }
      const errors: ErrorList = [];
      const check: Check = (expression, at, names, results) => {
        if (expression === undefined || expression.trim() === '') return;
        const problem = problemOf(compiler, expression, names, results);
        if (problem !== undefined) errors.push(invalid(at, expression, problem));
      };
      if (kind === 'ValidatingAdmissionPolicy') checkPolicy(object as unknown as ValidatingAdmissionPolicy, check);
      else checkWebhooks(object as unknown as ValidatingWebhookConfiguration | MutatingWebhookConfiguration, check);
      if (errors.length > 0) throw invalidObject({ group: GROUP, kind }, object!.metadata.name, errors);
    },
  };
}

function checkPolicy({ spec }: ValidatingAdmissionPolicy, check: Check): void {
  const { variables = [] } = spec as { variables?: readonly { expression: string }[] };
  const without = spec.paramKind === undefined ? ['params'] : [];
  const names = NAMES.filter((name) => !without.includes(name));
  const matchNames = names.filter((name) => name !== 'variables');
  for (const [index, { expression }] of (spec.matchConditions ?? []).entries())
    check(expression.trim(), `spec.matchConditions[${index}].expression`, matchNames, ['bool']);
  for (const [index, { expression }] of variables.entries())
    check(expression, `spec.variables[${index}].expression`, names);
  for (const [index, { expression, messageExpression }] of (spec.validations ?? []).entries()) {
    check(expression.trim(), `spec.validations[${index}].expression`, names, ['bool']);
    check(messageExpression?.trim(), `spec.validations[${index}].messageExpression`, names, ['string']);
  }
  for (const [index, { valueExpression }] of (spec.auditAnnotations ?? []).entries())
    check(valueExpression, `spec.auditAnnotations[${index}].valueExpression`, names, ['string', 'null_type']);
}

function checkWebhooks(
  { webhooks = [] }: ValidatingWebhookConfiguration | MutatingWebhookConfiguration,
  check: Check,
): void {
  for (const [index, { matchConditions = [] }] of webhooks.entries())
    for (const [position, { expression }] of matchConditions.entries())
      check(expression.trim(), `webhooks[${index}].matchConditions[${position}].expression`, MATCH_NAMES, ['bool']);
}

/** Why an expression cannot be used; undefined when it can. What may be anything is let be. */
function problemOf(
  cel: CelCompiler,
  expression: string,
  names: readonly string[],
  results: readonly string[] | undefined,
): string | undefined {
  let result: string;
  try {
    ({ result } = cel.compileFor(expression, names));
  } catch (error) {
    return (error as Error).message;
  }
  if (results === undefined || result === 'dyn' || results.includes(result === 'null' ? 'null_type' : result))
    return undefined;
  return results.length === 1 ? `must evaluate to ${results[0]}` : `must evaluate to one of [${results.join(' ')}]`;
}
