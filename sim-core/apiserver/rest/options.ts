import { isObject } from '../../api/equality.ts';
import { type ErrorList, forbidden as fieldForbidden, invalid, notSupported, tooLong } from '../../api/field-error.ts';
import { badRequest } from '../../api/status.ts';
import { utf8Length } from '../../api/utf8.ts';
import type { PropagationPolicy, RequestOptions, Verb } from '../request.ts';
import { invalidObject } from '../validation.ts';
import type { ParsedUrl } from './path.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads metav1.ListOptions, CreateOptions … from a query. Throws 400 or 422 for what they cannot be. */
export function queryOptions({ query }: ParsedUrl, verb: Verb): RequestOptions {
  const kind = OPTIONS[verb];
  const options: Mutable<RequestOptions> = {};
  const text = (name: string) => query.get(name)?.[0];
  const flag = (name: string) => {
    const value = text(name);
    return value === undefined || value === ''
      ? undefined
      : value === 'true' || value === '1' || value === 't' || value === 'T' || value === 'TRUE' || value === 'True';
  };
  const integer = (name: string) => {
    const value = text(name);
    if (value === undefined || value === '') return undefined;
    if (!/^[+-]?\d{1,18}$/.test(value)) throw badRequest(`strconv.ParseInt: parsing "${value}": invalid syntax`);
    return Number(value);
  };
  const dryRun = query.get('dryRun') ?? [];
  if (dryRun.length > 0) options.dryRun = readDryRun(dryRun, kind);
  const manager = text('fieldManager') ?? '';
  if (manager !== '') options.fieldManager = manager;
  if (utf8Length(manager) > 128) refuse(kind, tooLong('fieldManager', 128));
  if (/[^ -~\u00a1-\uffff]/.test(manager))
    refuse(kind, invalid('fieldManager', manager, 'should only contain printable characters'));
  assign(options, 'fieldValidation', readFieldValidation(text('fieldValidation'), kind));
  assign(options, 'force', flag('force'));
  assign(options, 'labelSelector', text('labelSelector'));
  assign(options, 'fieldSelector', text('fieldSelector'));
  assign(options, 'limit', integer('limit'));
  assign(options, 'continue', text('continue'));
  assign(options, 'resourceVersion', text('resourceVersion'));
  const match = text('resourceVersionMatch') ?? '';
  if (match === 'Exact' || match === 'NotOlderThan') options.resourceVersionMatch = match;
  assign(options, 'sendInitialEvents', flag('sendInitialEvents'));
  assign(options, 'allowWatchBookmarks', flag('allowWatchBookmarks'));
  integer('timeoutSeconds');
  assign(options, 'gracePeriodSeconds', integer('gracePeriodSeconds'));
  assign(options, 'propagationPolicy', readPolicy(text('propagationPolicy')));
  assign(options, 'orphanDependents', flag('orphanDependents'));
  if (verb === 'list') {
    const errors = flag('watch') === true ? watchProblems(options, match) : listProblems(options, match);
    if (errors.length > 0) refuse(kind, ...errors);
  }
  return options;
}

/** As what the options of a verb are known. */
const OPTIONS: Readonly<Record<Verb, string>> = {
  get: 'GetOptions',
  list: 'ListOptions',
  watch: 'ListOptions',
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
};

const MATCH = 'resourceVersionMatch';
const WITH_CONTINUE = 'resourceVersionMatch is forbidden when continue is provided';

/** ValidateListOptions */
function listProblems(options: RequestOptions, match: string): ErrorList {
  const errors: ErrorList = [];
  const { resourceVersion = '', continue: token = '', sendInitialEvents } = options;
  if (match !== '') {
    if (resourceVersion === '')
      errors.push(fieldForbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (token !== '') errors.push(fieldForbidden(MATCH, WITH_CONTINUE));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && resourceVersion === '0')
      errors.push(fieldForbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (sendInitialEvents !== undefined)
    errors.push(fieldForbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

/** validateWatchOptions */
function watchProblems({ continue: token = '', sendInitialEvents }: RequestOptions, match: string): ErrorList {
  const errors: ErrorList = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    errors.push(fieldForbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (match === '') return errors;
  if (sendInitialEvents === undefined)
    errors.push(
      fieldForbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']));
  if (token !== '') errors.push(fieldForbidden(MATCH, WITH_CONTINUE));
  return errors;
}

/** A DELETE's body, metav1.DeleteOptions, over its query. */
export function deleteOptions(query: RequestOptions, body: unknown): RequestOptions {
  if (!isObject(body)) return query;
  const options: Mutable<RequestOptions> = { ...query };
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = body;
  if (typeof gracePeriodSeconds === 'number') options.gracePeriodSeconds = gracePeriodSeconds;
  assign(options, 'propagationPolicy', readPolicy(propagationPolicy));
  if (typeof orphanDependents === 'boolean') options.orphanDependents = orphanDependents;
  if (Array.isArray(dryRun) && dryRun.length > 0) options.dryRun = readDryRun(dryRun, 'DeleteOptions');
  if (isObject(preconditions)) {
    const { uid, resourceVersion } = preconditions;
    options.preconditions = {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    };
  }
  if (options.orphanDependents !== undefined && options.propagationPolicy !== undefined) {
    refuse(
      'DeleteOptions',
      invalid(
        'propagationPolicy',
        options.propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  }
  return options;
}

/** Throws 422 for options that cannot be. */
function refuse(kind: string, ...errors: ErrorList): never {
  throw invalidObject({ group: 'meta.k8s.io', kind }, '', errors);
}

function assign<K extends keyof RequestOptions>(
  options: Mutable<RequestOptions>,
  field: K,
  value: RequestOptions[K],
): void {
  if (value !== undefined) options[field] = value;
}

function readDryRun(values: readonly unknown[], kind: string): boolean {
  const wrong = values.filter((value) => value !== 'All' && value !== '');
  if (wrong.length > 0) refuse(kind, notSupported('dryRun', values, ['All']));
  return values.includes('All');
}

function readFieldValidation(value: string | undefined, kind: string): RequestOptions['fieldValidation'] {
  if (value === undefined || value === '') return undefined;
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  return refuse(kind, notSupported('fieldValidation', value, ['', 'Ignore', 'Strict', 'Warn']));
}

function readPolicy(value: unknown): PropagationPolicy | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (value === 'Foreground' || value === 'Background' || value === 'Orphan') return value;
  const policies = ['Foreground', 'Background', 'Orphan', 'nil'];
  return refuse('DeleteOptions', notSupported('propagationPolicy', String(value), policies));
}
