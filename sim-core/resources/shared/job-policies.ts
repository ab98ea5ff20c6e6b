import type * as BatchV1 from 'kubernetes-types/batch/v1';
import { duplicate, type ErrorList, invalid, notSupported, omitted, required, tooMany } from '../../api/field-error.ts';
import { checkNonNegative, checkQualifiedName, isBlank } from './checks.ts';

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];
const MAX_RULES = 20;
const MAX_CODES = 255;

function validValues(values: readonly string[]): string {
  return `valid values: [${values.map((value) => `"${value}"`).join(' ')}]`;
}

/** validatePodFailurePolicy */
export function checkFailurePolicy(spec: BatchV1.JobSpec, at: string, errors: ErrorList): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > MAX_RULES) errors.push(tooMany(`${at}.rules`, rules.length, MAX_RULES));
  const pod = spec.template?.spec;
  const containers = new Set([...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name));
  for (const [index, rule] of rules.entries()) {
    const path = `${at}.rules[${index}]`;
    if (isBlank(rule.action)) errors.push(required(`${path}.action`, validValues(ACTIONS)));
    else if (!ACTIONS.includes(rule.action)) errors.push(notSupported(`${path}.action`, rule.action, ACTIONS));
    else if (rule.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
      errors.push(invalid(`${path}.action`, rule.action, 'requires the backoffLimitPerIndex to be set'));
    if (rule.onExitCodes !== undefined) checkExitCodes(rule.onExitCodes, containers, `${path}.onExitCodes`, errors);
    const conditions = rule.onPodConditions ?? [];
    if (conditions.length > MAX_RULES) errors.push(tooMany(`${path}.onPodConditions`, conditions.length, MAX_RULES));
    for (const [position, { type, status }] of conditions.entries()) {
      const conditionAt = `${path}.onPodConditions[${position}]`;
      checkQualifiedName(type, `${conditionAt}.type`, errors);
      if (isBlank(status)) errors.push(required(`${conditionAt}.status`, validValues(STATUSES)));
      else if (!STATUSES.includes(status)) errors.push(notSupported(`${conditionAt}.status`, status, STATUSES));
    }
    if (rule.onExitCodes !== undefined && conditions.length > 0)
      errors.push(invalid(path, omitted, 'specifying both OnExitCodes and OnPodConditions is not supported'));
    if (rule.onExitCodes === undefined && conditions.length === 0)
      errors.push(invalid(path, omitted, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
}

function checkExitCodes(
  { operator, values: given, containerName }: BatchV1.PodFailurePolicyOnExitCodesRequirement,
  containers: ReadonlySet<string>,
  at: string,
  errors: ErrorList,
): void {
  const values = given ?? [];
  if (isBlank(operator)) errors.push(required(`${at}.operator`, validValues(OPERATORS)));
  else if (!OPERATORS.includes(operator)) errors.push(notSupported(`${at}.operator`, operator, OPERATORS));
  if (containerName !== undefined && !containers.has(containerName))
    errors.push(
      invalid(
        `${at}.containerName`,
        containerName,
        'must be one of the container or initContainer names in the pod template',
      ),
    );
  if (values.length === 0) errors.push(invalid(`${at}.values`, values, 'at least one value is required'));
  else if (values.length > MAX_CODES) errors.push(tooMany(`${at}.values`, values.length, MAX_CODES));
  const seen = new Set<number>();
  let ordered = true;
  for (const [index, value] of values.entries()) {
    const path = `${at}.values[${index}]`;
    if (seen.has(value)) errors.push(duplicate(path, value));
    seen.add(value);
    if (operator === 'In' && value === 0) errors.push(invalid(path, value, 'must not be 0 for the In operator'));
    if (index > 0 && values[index - 1]! > value) ordered = false;
  }
  if (!ordered) errors.push(invalid(`${at}.values`, values, 'must be ordered'));
}

/** validateSuccessPolicy */
export function checkSuccessPolicy(
  policy: { rules?: readonly { succeededIndexes?: string; succeededCount?: number }[] },
  completions: number,
  at: string,
  errors: ErrorList,
): void {
  const rules = policy.rules ?? [];
  const path = `${at}.rules`;
  if (rules.length === 0)
    errors.push(required(path, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > MAX_RULES) errors.push(tooMany(path, rules.length, MAX_RULES));
  for (const [index, { succeededIndexes, succeededCount }] of rules.entries()) {
    const ruleAt = `${path}[${index}]`;
    if (succeededIndexes === undefined && succeededCount === undefined)
      errors.push(required(ruleAt, 'at least one of succeededCount or succeededIndexes must be specified'));
    if (succeededIndexes !== undefined && !areIndexes(succeededIndexes, completions))
      errors.push(
        invalid(
          `${ruleAt}.succeededIndexes`,
          succeededIndexes,
          'error parsing succeededIndexes: not intervals in order below completions',
        ),
      );
    if (succeededCount === undefined) continue;
    checkNonNegative(succeededCount, `${ruleAt}.succeededCount`, errors);
    if (succeededCount > completions)
      errors.push(
        invalid(
          `${ruleAt}.succeededCount`,
          succeededCount,
          `must be less than or equal to ${completions} (the number of specified completions)`,
        ),
      );
  }
}

/** `0,2-4`: numbers and ranges in ascending order, all below the number of completions. */
function areIndexes(text: string, completions: number): boolean {
  let last = -1;
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
    if (match === null) return false;
    const first = Number(match[1]);
    const end = match[2] === undefined ? first : Number(match[2]);
    if (first <= last || end < first || end >= completions) return false;
    last = end;
  }
  return true;
}
