import { type FieldPathLike, pathText } from './field-path.ts';
import { goJson, goNumber, goQuote } from './go-format.ts';
import type { Status } from './status.ts';

/** field.ErrorType: also the `reason` of a cause in a Status. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

const titles: Readonly<Record<FieldErrorType, string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
  FieldValueTypeInvalid: 'Invalid value',
};

/** A value whose Go print-out the caller knows (a struct, a fmt.Stringer): it is shown as it is. */
export class PrintedValue {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Stands for a value that is not shown (field.OmitValueType). */
export const omitted = new PrintedValue('');

function printValue(value: unknown): string {
  if (value === undefined || value === null) return '"null"';
  if (value instanceof PrintedValue) return value.text;
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'number') return goNumber(value);
  if (typeof value === 'boolean') return String(value);
  return goJson(value);
}

/** What is wrong with one field (field.Error). */
export class FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly badValue: unknown;
  readonly detail: string;

  constructor(type: FieldErrorType, field: string, badValue: unknown, detail: string) {
    this.type = type;
    this.field = field;
    this.badValue = badValue;
    this.detail = detail;
  }

  /** The message without the field's name (Error.ErrorBody). */
  body(): string {
    let text = titles[this.type];
    switch (this.type) {
      case 'FieldValueRequired':
      case 'FieldValueForbidden':
      case 'FieldValueTooLong':
      case 'InternalError':
        break;
      default:
        if (this.badValue !== omitted) text += `: ${printValue(this.badValue)}`;
    }
    return this.detail === '' ? text : `${text}: ${this.detail}`;
  }

  /** `spec.replicas: Invalid value: -1: must be greater than or equal to 0` (Error.Error). */
  toString(): string {
    return `${this.field}: ${this.body()}`;
  }
}

/** The errors of one object, in the order in which they were found (field.ErrorList). */
export type ErrorList = FieldError[];

/** A field that must have a value has none (field.Required). */
export function required(path: FieldPathLike, detail = ''): FieldError {
  return new FieldError('FieldValueRequired', pathText(path), '', detail);
}

/** A malformed value (field.Invalid). Objects and lists are printed as JSON, as v1.33 does. */
export function invalid(path: FieldPathLike, value: unknown, detail: string): FieldError {
  return new FieldError('FieldValueInvalid', pathText(path), value, detail);
}

/** A value of the wrong type (field.TypeInvalid). */
export function typeInvalid(path: FieldPathLike, value: unknown, detail: string): FieldError {
  return new FieldError('FieldValueTypeInvalid', pathText(path), value, detail);
}

/** A value that must be unique and is not (field.Duplicate). */
export function duplicate(path: FieldPathLike, value: unknown): FieldError {
  return new FieldError('FieldValueDuplicate', pathText(path), value, '');
}

/** A value that names something which does not exist (field.NotFound). */
export function notFound(path: FieldPathLike, value: unknown): FieldError {
  return new FieldError('FieldValueNotFound', pathText(path), value, '');
}

/** A value that is not one of the enumerated ones (field.NotSupported). The order of `supported` is the caller's. */
export function notSupported(path: FieldPathLike, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`;
  return new FieldError('FieldValueNotSupported', pathText(path), value, detail);
}

/** A value that is not allowed here and now (field.Forbidden). */
export function forbidden(path: FieldPathLike, detail: string): FieldError {
  return new FieldError('FieldValueForbidden', pathText(path), '', detail);
}

/** A value of more than `maxBytes` bytes (field.TooLong); a negative limit is not mentioned. */
export function tooLong(path: FieldPathLike, maxBytes: number): FieldError {
  const detail =
    maxBytes < 0 ? 'value is too long' : `may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`;
  return new FieldError('FieldValueTooLong', pathText(path), '<value omitted>', detail);
}

/** A list or map of too many entries (field.TooMany); a negative count or limit is not mentioned. */
export function tooMany(path: FieldPathLike, actual: number, max: number): FieldError {
  const detail = max < 0 ? 'has too many items' : `must have at most ${max} ${max === 1 ? 'item' : 'items'}`;
  return new FieldError('FieldValueTooMany', pathText(path), actual < 0 ? omitted : actual, detail);
}

/** A failure of the server while it looked at the field (field.InternalError). */
export function internalError(path: FieldPathLike, message: string): FieldError {
  return new FieldError('InternalError', pathText(path), undefined, message);
}

/** Several messages as one, each once: alone as it is, several as `[a, b]` (errors.NewAggregate). */
export function aggregateMessage(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`;
}

/** metav1.Status of a request that did not succeed. */
export type FailureStatus = Status & { status: 'Failure'; message: string; reason: string };

/** The 422 that a request with invalid fields gets (errors.NewInvalid): `Deployment.apps "x" is invalid: …`. */
export function invalidStatus(kind: { group: string; kind: string }, name: string, errors: ErrorList): FailureStatus {
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const title = `${qualified} ${goQuote(name)} is invalid`;
  const details: NonNullable<Status['details']> = {};
  if (name !== '') details.name = name;
  if (kind.group !== '') details.group = kind.group;
  details.kind = kind.kind;
  if (errors.length > 0) {
    details.causes = errors.map((error) => ({ reason: error.type, message: error.body(), field: error.field }));
  }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: errors.length === 0 ? title : `${title}: ${aggregateMessage(errors.map(String))}`,
    reason: 'Invalid',
    details,
    code: 422,
  };
}
