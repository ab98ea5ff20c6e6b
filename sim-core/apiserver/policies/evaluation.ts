import type * as AdmissionV1 from 'kubernetes-types/admissionregistration/v1';
import type { AnyObject } from '../../api/objects.ts';
import type { AdmissionAttributes, AdmissionContext } from '../admission/plugin.ts';
import type { CelCompiler } from '../custom-resources/cel.ts';

type Spec = AdmissionV1.ValidatingAdmissionPolicySpec & { readonly variables?: readonly Variable[] };
interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** What an expression may speak of. */
export const NAMES = ['object', 'oldObject', 'request', 'params', 'namespaceObject', 'variables', 'authorizer'];

/** Why a policy says no: a validation's answer, or an expression that could not be evaluated. */
export interface Denial {
  readonly message: string;
  readonly reason?: string;
  /** Whether it denies even where the binding does not say so. */
  readonly always?: true;
}

/** What the validations of a policy say of a request, with one set of parameters (validating.validator.Validate). */
export function evaluate(
  cel: CelCompiler,
  spec: Spec,
  attributes: AdmissionAttributes,
  params: AnyObject | undefined,
  context: AdmissionContext,
): Denial[] {
  const bindings = bindingsOf(cel, spec, attributes, params, context);
  const ask = (expression: string) => {
    try {
      return cel.compileFor(expression, NAMES)(bindings);
    } catch (error) {
      throw new Error(`expression '${expression}' resulted in error: ${(error as Error).message}`);
    }
  };
  const ignores = spec.failurePolicy === 'Ignore';
  try {
    for (const { expression } of spec.matchConditions ?? []) if (ask(expression) !== true) return [];
  } catch (error) {
    return ignores ? [] : [{ message: (error as Error).message }];
  }
  const denials: Denial[] = [];
  for (const { expression, message, messageExpression, reason } of spec.validations ?? []) {
    try {
      if (ask(expression) === true) continue;
    } catch (error) {
      if (!ignores) denials.push({ message: (error as Error).message });
      continue;
    }
    const said = messageExpression === undefined ? '' : textOf(() => ask(messageExpression));
    const fallback = message?.trim() || `failed expression: ${expression.trim()}`;
    denials.push({ message: said || fallback, ...(reason === undefined ? {} : { reason }) });
  }
  return [...denials, ...(ignores ? [] : auditProblems(spec, ask))];
}

/**
 * Why annotations for the audit log, which this cluster does not keep, cannot be made: upstream refuses such a request whatever the binding's
 * actions are.
 */
function auditProblems({ auditAnnotations = [] }: Spec, ask: (expression: string) => unknown): Denial[] {
  const problems: Denial[] = [];
  for (const { valueExpression } of auditAnnotations) {
    let message: string | undefined;
    try {
      const value = ask(valueExpression);
      if (value !== null && typeof value !== 'string')
        message = `valueExpression '${valueExpression}' resulted in unsupported return type: ${typeName(value)}. Return type must be either string or null.`;
    } catch (error) {
      message = (error as Error).message;
    }
    if (message !== undefined) problems.push({ message, always: true });
  }
  return problems;
}

/** A value's type as CEL calls it. */
function typeName(value: unknown): string {
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'list' : 'map';
}

/** The text that an expression makes; empty when it makes none that fits in a line. */
function textOf(make: () => unknown): string {
  try {
    const text = make();
    return typeof text !== 'string' || text.includes('\n') ? '' : text.trim();
  } catch {
    return '';
  }
}

function bindingsOf(
  cel: CelCompiler,
  { variables = [] }: Spec,
  { operation, object, old, request }: AdmissionAttributes,
  params: AnyObject | undefined,
  context: AdmissionContext,
): Record<string, unknown> {
  const { target, subresource = '', namespace = '', user, options } = request;
  const { group, version, kind, resource } = target;
  const space = target.resource.namespaced ? context.store.get('namespaces', namespace) : undefined;
  const value = (given: AnyObject | undefined) => (given === undefined ? null : cel.toCel(given, undefined));
  const called = { group, version, resource: resource.plural };
  const type = { group, version, kind };
  const bindings: Record<string, unknown> = {
    object: value(object),
    oldObject: value(old),
    params: value(params),
    namespaceObject: value(space),
    authorizer: cel.authorizerOf((attributes) => context.decide(attributes), request),
    request: {
      kind: type,
      resource: called,
      subResource: subresource,
      requestKind: type,
      requestResource: called,
      requestSubResource: subresource,
      name: request.name || object?.metadata?.name || '',
      namespace,
      operation,
      userInfo: {
        username: user.username,
        groups: [...user.groups],
        ...(user.uid === undefined ? {} : { uid: user.uid }),
        ...(user.extra === undefined ? {} : { extra: user.extra }),
      },
      dryRun: options.dryRun === true,
    },
  };
  // A variable is worked out when an expression first speaks of it; it may speak of those before it.
  const lazy: Record<string, unknown> = {};
  for (const { name, expression } of variables) {
    let known: { readonly value: unknown } | undefined;
    Object.defineProperty(lazy, name, {
      enumerable: true,
      get() {
        known ??= { value: cel.compileFor(expression, NAMES)(bindings) };
        return known.value;
      },
    });
  }
  bindings.variables = lazy;
  return bindings;
}
