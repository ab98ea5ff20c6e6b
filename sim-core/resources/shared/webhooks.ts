import type * as AdmissionV1 from 'kubernetes-types/admissionregistration/v1';
import { duplicate, type ErrorList, invalid, notSupported, required, tooMany } from '../../api/field-error.ts';
import { isQualifiedName } from '../../api/names.ts';
import type { LabelSelectorObject } from '../../api/selector.ts';
import { addInvalid, checkEnum, checkLabelSelector, isBlank } from './checks.ts';

/** The type package leaves out the fields that Go embeds. */
export type OperationRule = AdmissionV1.RuleWithOperations & { resources?: string[]; scope?: string };
type Webhook = AdmissionV1.ValidatingWebhook | AdmissionV1.MutatingWebhook;

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];

/** Fills in a webhook's defaults (SetDefaults_ValidatingWebhook and its sibling). Changes. */
export function applyWebhookDefaults(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service !== undefined) webhook.clientConfig.service.port ??= 443;
  for (const rule of (webhook.rules ?? []) as OperationRule[]) rule.scope ??= '*';
}

/** ValidateValidatingWebhookConfiguration, ValidateMutatingWebhookConfiguration */
export function checkWebhooks(webhooks: readonly Webhook[], errors: ErrorList): void {
  const names = new Set<string>();
  for (const [index, webhook] of webhooks.entries()) {
    const at = `webhooks[${index}]`;
    const { name = '', clientConfig, timeoutSeconds } = webhook;
    const admissionReviewVersions = webhook.admissionReviewVersions ?? [];
    const sideEffects = webhook.sideEffects ?? undefined;
    if (name.split('.').length < 3)
      errors.push(
        name === ''
          ? required(`${at}.name`)
          : invalid(`${at}.name`, name, 'should be a domain with at least three segments separated by dots'),
      );
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    for (const [position, rule] of (webhook.rules ?? []).entries()) checkRule(rule, `${at}.rules[${position}]`, errors);
    if (webhook.failurePolicy !== undefined)
      checkEnum(webhook.failurePolicy, ['Fail', 'Ignore'], `${at}.failurePolicy`, errors);
    if (webhook.matchPolicy !== undefined)
      checkEnum(webhook.matchPolicy, ['Equivalent', 'Exact'], `${at}.matchPolicy`, errors);
    if (sideEffects === undefined) errors.push(required(`${at}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
    else checkEnum(sideEffects, ['None', 'NoneOnDryRun'], `${at}.sideEffects`, errors);
    if (timeoutSeconds !== undefined && (timeoutSeconds > 30 || timeoutSeconds < 1))
      errors.push(
        invalid(`${at}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds'),
      );
    checkLabelSelector(webhook.namespaceSelector as LabelSelectorObject, `${at}.namespaceSelector`, errors);
    checkLabelSelector(webhook.objectSelector as LabelSelectorObject, `${at}.objectSelector`, errors);
    const { url, service } = clientConfig ?? {};
    if ((url === undefined) === (service === undefined))
      errors.push(required(`${at}.clientConfig`, 'exactly one of url or service is required'));
    else if (service !== undefined) {
      if (isBlank(service.name)) errors.push(required(`${at}.clientConfig.service.name`, 'service name is required'));
      if (isBlank(service.namespace))
        errors.push(required(`${at}.clientConfig.service.namespace`, 'service namespace is required'));
    } else if (!url!.startsWith('https://'))
      errors.push(
        invalid(
          `${at}.clientConfig.url`,
          url,
          "'https' is the only allowed URL scheme; desired format: https://host[/path]",
        ),
      );
    checkMatchConditions(webhook.matchConditions ?? [], `${at}.matchConditions`, errors);
    if (admissionReviewVersions.length === 0)
      errors.push(required(`${at}.admissionReviewVersions`, 'must specify one of v1, v1beta1'));
    else if (!admissionReviewVersions.some((version) => version === 'v1' || version === 'v1beta1'))
      errors.push(
        invalid(`${at}.admissionReviewVersions`, admissionReviewVersions, 'must include at least one of v1, v1beta1'),
      );
  }
}

/** validateRuleWithOperations */
export function checkRule(rule: OperationRule, at: string, errors: ErrorList): void {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  if (operations.length === 0) errors.push(required(`${at}.operations`));
  if (operations.length > 1 && operations.includes('*'))
    errors.push(invalid(`${at}.operations`, operations, "if '*' is present, must not specify other operations"));
  for (const [index, operation] of operations.entries())
    if (!OPERATIONS.includes(operation)) errors.push(notSupported(`${at}.operations[${index}]`, operation, OPERATIONS));
  for (const [field, list] of [
    ['apiGroups', apiGroups],
    ['apiVersions', apiVersions],
    ['resources', resources],
  ] as const)
    if (list.length === 0) errors.push(required(`${at}.${field}`));
  if (scope !== undefined && !SCOPES.includes(scope)) errors.push(notSupported(`${at}.scope`, scope, SCOPES));
}

const MAX_CONDITIONS = 64;

/** validateMatchConditions, without reading the expressions. */
export function checkMatchConditions(
  conditions: readonly AdmissionV1.MatchCondition[],
  at: string,
  errors: ErrorList,
): void {
  const names = new Set<string>();
  if (conditions.length > MAX_CONDITIONS) errors.push(tooMany(at, conditions.length, MAX_CONDITIONS));
  for (const [index, { name, expression }] of conditions.entries()) {
    if (isBlank(expression?.trim())) errors.push(required(`${at}[${index}].expression`));
    checkConditionName(name, `${at}[${index}].name`, errors);
    if (names.has(name)) errors.push(duplicate(`${at}[${index}].name`, name));
    if (name !== undefined && name !== '') names.add(name);
  }
}

/** The name of a match condition or of something alike. */
function checkConditionName(name: string | undefined, at: string, errors: ErrorList): void {
  if (isBlank(name)) errors.push(required(at));
  else addInvalid(errors, at, name, isQualifiedName(name));
}
