import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, invalid, notSupported, required } from '../../../api/field-error.ts';
import * as names from '../../../api/names.ts';
import { checkQualifiedName, isBlank } from '../checks.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** ValidateTolerations */
export function checkTolerations(tolerations: readonly CoreV1.Toleration[], at: string, errors: ErrorList): void {
  for (const [index, { key, operator, value, effect, tolerationSeconds }] of tolerations.entries()) {
    const path = `${at}[${index}]`;
    if (!isBlank(key)) checkQualifiedName(key, `${path}.key`, errors);
    if (isBlank(key) && operator !== 'Exists')
      errors.push(
        invalid(
          `${path}.operator`,
          operator ?? '',
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.push(
        invalid(`${path}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    if (isBlank(operator) || operator === 'Equal') {
      const messages = names.isValidLabelValue(value ?? '');
      if (messages.length > 0) errors.push(invalid(`${path}.operator`, value, messages.join(';')));
    } else if (operator === 'Exists') {
      if (!isBlank(value))
        errors.push(invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(notSupported(`${path}.operator`, operator, ['Equal', 'Exists']));
    if (!isBlank(effect)) checkTaintEffect(effect, `${path}.effect`, errors);
  }
}

/** validateTaintEffect */
export function checkTaintEffect(effect: string | undefined, at: string, errors: ErrorList): void {
  if (isBlank(effect)) errors.push(required(at));
  else if (!EFFECTS.includes(effect)) errors.push(notSupported(at, effect, EFFECTS));
}
