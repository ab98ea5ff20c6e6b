import type { AnyObject, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../api/objects.ts';
import { type LabelSelectorObject, labelSelectorAsSelector } from '../../api/selector.ts';
import { StatusError } from '../../api/status.ts';
import { splitGroupVersion } from '../../resources/registry.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../admission/plugin.ts';
import { refuse } from '../admission/refuse.ts';
import type { CelCompiler } from '../custom-resources/cel.ts';
import { tableOf } from '../resource-storage.ts';
import { asDefined } from '../stored-form.ts';
import { type Denial, evaluate } from './evaluation.ts';
import { type MatchResources, matches } from './matching.ts';

const GROUP = 'admissionregistration.k8s.io';
const POLICIES = `validatingadmissionpolicies.${GROUP}`;
const BINDINGS = `validatingadmissionpolicybindings.${GROUP}`;
/** Policies have no say over themselves, or nobody could take one away again. */
const EXEMPT: ReadonlySet<string> = new Set([POLICIES, BINDINGS]);
const CODES: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };

/** Asks the ValidatingAdmissionPolicies that are bound (plugin/policy/validating). `cel` answers the compiler, where it has been loaded. */
export function validatingAdmissionPolicy(cel: () => CelCompiler | undefined, store: Store): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (_operation, resource) => !EXEMPT.has(resource) && store.count(POLICIES) > 0,
    validate(attributes, context) {
      const compiler = cel();
      if (compiler === undefined) return;
      const bindings = store.list(BINDINGS) as unknown as ValidatingAdmissionPolicyBinding[];
      for (const policy of store.list(POLICIES) as unknown as ValidatingAdmissionPolicy[]) {
        const { name } = policy.metadata;
        if (!matches(policy.spec.matchConstraints as MatchResources, attributes, context)) continue;
        for (const binding of bindings) {
          if (binding.spec?.policyName !== name) continue;
          if (!matches(binding.spec.matchResources as MatchResources | undefined, attributes, context)) continue;
          decide(compiler, policy, binding, attributes, context);
        }
      }
    },
  };
}

/** Carries out what a binding says shall come of a policy's denials. Throws a StatusError when the request is denied. */
function decide(
  cel: CelCompiler,
  policy: ValidatingAdmissionPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): void {
  const { name } = policy.metadata;
  let denials: Denial[];
  try {
    denials = paramsOf(policy, binding, attributes, context).flatMap((params) =>
      evaluate(cel, policy.spec, attributes, params, context),
    );
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    if (policy.spec.failurePolicy === 'Ignore') return;
    throw denied(attributes, name, binding.metadata.name, {
      message: `failed to configure binding: ${error.message}`,
    });
  }
  const actions = binding.spec?.validationActions ?? [];
  for (const denial of denials) {
    if (actions.includes('Warn') && denial.always !== true)
      attributes.request.warnings.push(
        `Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${binding.metadata.name}': ${denial.message}`,
      );
    if (actions.includes('Deny') || denial.always === true)
      throw denied(attributes, name, binding.metadata.name, denial);
  }
}

function denied(attributes: AdmissionAttributes, policy: string, binding: string, denial: Denial): StatusError {
  const text = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${denial.message}`;
  const { message, details } = refuse(attributes, text).status;
  const { reason = 'Invalid' } = denial;
  return new StatusError(CODES[reason] ?? 422, reason, message ?? '', { ...details, causes: [{ message: text }] });
}

/** Something about a binding is not as it must be; `message` says what. */
class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The objects that a binding hands to its policy, one after the other (generic.CollectParams). */
function paramsOf(
  { spec: { paramKind } }: ValidatingAdmissionPolicy,
  { spec }: ValidatingAdmissionPolicyBinding,
  { request }: AdmissionAttributes,
  { resources, store }: AdmissionContext,
): (AnyObject | undefined)[] {
  const { paramRef } = spec ?? {};
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const { apiVersion = '', kind = '' } = paramKind;
  const { group, version } = splitGroupVersion(apiVersion);
  const served = resources.kind(group, version, kind);
  if (served === undefined)
    throw new ConfigurationError(
      `failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind}'`.replace("'/", "'"),
    );
  const table = tableOf(served);
  let prefix = '';
  if (served.resource.namespaced) {
    const namespace = paramRef.namespace ?? request.namespace ?? '';
    if (namespace === '')
      throw new ConfigurationError(
        'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
      );
    prefix = `${namespace}/`;
  } else if (paramRef.namespace !== undefined)
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const { name, selector } = paramRef;
  const found =
    name !== undefined
      ? [store.get(table, `${prefix}${name}`)].filter((one) => one !== undefined)
      : store
          .list(table, prefix)
          .filter(({ metadata }) => labelSelectorAsSelector(selector as LabelSelectorObject).matches(metadata.labels));
  if (found.length === 0 && paramRef.parameterNotFoundAction !== 'Allow')
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found.map((one) => asDefined(served.resource, one));
}
