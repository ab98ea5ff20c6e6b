import type * as CoreV1 from 'kubernetes-types/core/v1';
import { duplicate, type ErrorList, forbidden, invalid, required } from '../../../api/field-error.ts';
import * as names from '../../../api/names.ts';
import type { LabelSelectorObject } from '../../../api/selector.ts';
import { addInvalid, checkEnum, checkLabelSelector, checkQualifiedName, isBlank, NOT_POSITIVE } from '../checks.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** validateAffinity */
export function checkAffinity(affinity: CoreV1.Affinity, at: string, errors: ErrorList): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity !== undefined) {
    const path = `${at}.nodeAffinity`;
    if (nodeAffinity[REQUIRED] !== undefined) checkNodeSelector(nodeAffinity[REQUIRED], `${path}.${REQUIRED}`, errors);
    for (const [index, { weight, preference }] of (nodeAffinity[PREFERRED] ?? []).entries()) {
      const termAt = `${path}.${PREFERRED}[${index}]`;
      checkWeight(weight, termAt, errors);
      checkNodeSelectorTerm(preference ?? {}, true, `${termAt}.preference`, errors);
    }
  }
  if (podAffinity !== undefined) checkPodAffinity(podAffinity, `${at}.podAffinity`, errors);
  if (podAntiAffinity !== undefined) checkPodAffinity(podAntiAffinity, `${at}.podAntiAffinity`, errors);
}

function checkWeight(weight: number | undefined, at: string, errors: ErrorList): void {
  const value = weight ?? 0;
  if (value <= 0 || value > 100) errors.push(invalid(`${at}.weight`, value, 'must be in the range 1-100'));
}

/** ValidateNodeSelector */
export function checkNodeSelector({ nodeSelectorTerms }: CoreV1.NodeSelector, at: string, errors: ErrorList): void {
  if ((nodeSelectorTerms?.length ?? 0) === 0)
    errors.push(required(`${at}.nodeSelectorTerms`, 'must have at least one node selector term'));
  for (const [index, term] of (nodeSelectorTerms ?? []).entries())
    checkNodeSelectorTerm(term, false, `${at}.nodeSelectorTerms[${index}]`, errors);
}

function checkNodeSelectorTerm(term: CoreV1.NodeSelectorTerm, anyValues: boolean, at: string, errors: ErrorList): void {
  for (const [index, requirement] of (term.matchExpressions ?? []).entries())
    checkRequirement(requirement, anyValues, `${at}.matchExpressions[${index}]`, errors);
  for (const [index, requirement] of (term.matchFields ?? []).entries())
    checkFieldRequirement(requirement, `${at}.matchFields[${index}]`, errors);
}

/** ValidateNodeSelectorRequirement */
function checkRequirement(
  { key, operator, values = [] }: CoreV1.NodeSelectorRequirement,
  anyValues: boolean,
  at: string,
  errors: ErrorList,
): void {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  checkQualifiedName(key, `${at}.key`, errors);
  if (anyValues) return;
  for (const [index, value] of values.entries())
    addInvalid(errors, `${at}.values[${index}]`, value, names.isValidLabelValue(value));
}

/** ValidateNodeFieldSelectorRequirement */
function checkFieldRequirement(
  { key, operator, values = [] }: CoreV1.NodeSelectorRequirement,
  at: string,
  errors: ErrorList,
): void {
  if (operator !== 'In' && operator !== 'NotIn')
    errors.push(invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator'));
  else if (values.length !== 1)
    errors.push(
      required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
    );
  if (key !== 'metadata.name') {
    errors.push(invalid(`${at}.key`, key ?? '', 'not a valid field selector key'));
    return;
  }
  for (const [index, value] of values.entries())
    addInvalid(errors, `${at}.values[${index}]`, value, names.isDNS1123Subdomain(value));
}

function checkPodAffinity(affinity: CoreV1.PodAffinity, at: string, errors: ErrorList): void {
  for (const [index, term] of (affinity[REQUIRED] ?? []).entries())
    checkPodAffinityTerm(term, `${at}.${REQUIRED}[${index}]`, errors);
  for (const [index, { weight, podAffinityTerm }] of (affinity[PREFERRED] ?? []).entries()) {
    const path = `${at}.${PREFERRED}[${index}]`;
    checkWeight(weight, path, errors);
    checkPodAffinityTerm(podAffinityTerm ?? ({} as CoreV1.PodAffinityTerm), `${path}.podAffinityTerm`, errors);
  }
}

/** validatePodAffinityTerm */
function checkPodAffinityTerm(term: CoreV1.PodAffinityTerm, at: string, errors: ErrorList): void {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [], topologyKey } = term;
  checkLabelSelector(labelSelector as LabelSelectorObject | undefined, `${at}.labelSelector`, errors);
  checkLabelSelector(term.namespaceSelector as LabelSelectorObject | undefined, `${at}.namespaceSelector`, errors);
  for (const name of term.namespaces ?? []) addInvalid(errors, `${at}.namespace`, name, names.isDNS1123Label(name));
  checkLabelKeys(matchLabelKeys, labelSelector, `${at}.matchLabelKeys`, errors);
  checkLabelKeys(mismatchLabelKeys, labelSelector, `${at}.mismatchLabelKeys`, errors);
  for (const [index, key] of matchLabelKeys.entries()) {
    if (mismatchLabelKeys.includes(key))
      errors.push(
        invalid(`${at}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'),
      );
  }
  if (isBlank(topologyKey)) errors.push(required(`${at}.topologyKey`, 'can not be empty'));
  checkQualifiedName(topologyKey, `${at}.topologyKey`, errors);
}

function checkLabelKeys(keys: readonly string[], selector: unknown, at: string, errors: ErrorList): void {
  if (keys.length === 0) return;
  if (selector === undefined) errors.push(forbidden(at, 'must not be specified when labelSelector is not set'));
  else for (const [index, key] of keys.entries()) checkQualifiedName(key, `${at}[${index}]`, errors);
}

const UNSATISFIABLE = ['DoNotSchedule', 'ScheduleAnyway'];
const INCLUSION = ['Honor', 'Ignore'];

/** validateTopologySpreadConstraints */
export function checkTopologySpread(
  constraints: readonly CoreV1.TopologySpreadConstraint[],
  at: string,
  errors: ErrorList,
): void {
  for (const [index, constraint] of constraints.entries()) {
    const path = `${at}[${index}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    if ((maxSkew ?? 0) <= 0) errors.push(invalid(`${path}.maxSkew`, maxSkew ?? 0, NOT_POSITIVE));
    if (isBlank(topologyKey)) errors.push(required(`${path}.topologyKey`, 'can not be empty'));
    checkEnum(whenUnsatisfiable, UNSATISFIABLE, `${path}.whenUnsatisfiable`, errors);
    if (
      constraints
        .slice(index + 1)
        .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)
    )
      errors.push(duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`));
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalid(`${path}.minDomains`, minDomains, NOT_POSITIVE));
      if (whenUnsatisfiable !== 'DoNotSchedule')
        errors.push(
          invalid(
            `${path}.minDomains`,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`,
          ),
        );
    }
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const)
      if (constraint[field] !== undefined) checkEnum(constraint[field], INCLUSION, `${path}.${field}`, errors);
    checkSpreadLabelKeys(constraint, `${path}.matchLabelKeys`, errors);
    checkLabelSelector(labelSelector as LabelSelectorObject | undefined, `${path}.labelSelector`, errors);
  }
}

function checkSpreadLabelKeys(
  { matchLabelKeys = [], labelSelector }: CoreV1.TopologySpreadConstraint,
  at: string,
  errors: ErrorList,
): void {
  if (matchLabelKeys.length === 0) return;
  if (labelSelector === undefined) errors.push(forbidden(at, 'must not be specified when labelSelector is not set'));
  const selected = new Set([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
  for (const [index, key] of matchLabelKeys.entries()) {
    checkQualifiedName(key, `${at}[${index}]`, errors);
    if (selected.has(key))
      errors.push(invalid(`${at}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'));
  }
}
