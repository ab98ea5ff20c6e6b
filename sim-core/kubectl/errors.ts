import { ConnectionError } from '../client/rest.ts';

/** metav1.Status as the server sends it. */
export interface Status {
  status?: string;
  message?: string;
  reason?: string;
  code?: number;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    retryAfterSeconds?: number;
    causes?: { reason?: string; message?: string; field?: string }[];
  };
}

/** An error that kubectl prints as `error: message`. */
export class KubectlError extends Error {
  override readonly name: string = 'KubectlError';
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** An error that is printed without `error: ` before it. */
export class PlainError extends KubectlError {
  override readonly name = 'PlainError';
}

/** An error inside two aggregates, which kubectl prints as it is. */
export function asPlain(error: Error): Error {
  return error instanceof KubectlError ? new PlainError(error.message) : error;
}

/** The kubeconfig cannot be used as it is (clientcmd.IsConfigurationInvalid). */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Ends the command with a code and prints nothing (cmdutil.ErrExit, exec's exit codes). */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;
  constructor(exitCode: number, message = '') {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The server answered with a Status that is a failure (apierrors.StatusError). */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;
  constructor(status: Status) {
    super(status.message ?? '');
    this.status = status;
  }
  get reason(): string {
    return this.status.reason ?? '';
  }
  get code(): number {
    return this.status.code ?? 0;
  }
}

/** Several errors in the order in which they came (utilerrors.Aggregate). */
export class AggregateKubectlError extends Error {
  override readonly name = 'AggregateKubectlError';
  readonly errors: readonly Error[];
  constructor(errors: readonly Error[]) {
    const messages: string[] = [];
    for (const error of errors) if (!messages.includes(error.message)) messages.push(error.message);
    super(messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`);
    this.errors = errors;
  }
}

/** The one error of a list as it is, several as an aggregate; throws nothing for an empty list. */
export function throwErrors(errors: readonly Error[]): void {
  if (errors.length === 1) throw errors[0]!;
  if (errors.length > 1) throw new AggregateKubectlError(errors);
}

/** cmdutil.UsageErrorf */
export function usageError(commandPath: string, message: string): KubectlError {
  return new KubectlError(`${message}\nSee '${commandPath} -h' for help and examples`);
}

export function isReason(error: unknown, reason: string): boolean {
  return error instanceof StatusError && error.reason === reason;
}

export function isNotFound(error: unknown): boolean {
  return isReason(error, 'NotFound');
}

export function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** Go's %q of a string. */
export function quote(text: string): string {
  let out = '"';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (character === '\n') out += '\\n';
    else if (character === '\t') out += '\\t';
    else if (character === '\r') out += '\\r';
    else if (code === 7) out += '\\a';
    else if (code === 8) out += '\\b';
    else if (code === 11) out += '\\v';
    else if (code === 12) out += '\\f';
    else if (code < 32 || code === 127) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code === 0xa0 || code === 0x2028 || code === 0x2029 || code === 0xfeff)
      out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += character;
  }
  return `${out}"`;
}

/** The host of `https://host:port/path`. */
function hostOf(url: string): string {
  return /^[a-z]+:\/\/([^/]+)/.exec(url)?.[1] ?? url;
}

/** A connection error carries the request it happened in, as Go's url.Error does. */
export class UrlError extends Error {
  override readonly name = 'UrlError';
  readonly url: string;
  readonly inner: string;
  constructor(method: string, url: string, inner: string) {
    super(`${method} "${url}": ${inner}`);
    this.url = url;
    this.inner = inner;
  }
}

/** cmdutil.StandardErrorMessage; undefined where an error has no message of its own shape. */
export function standardErrorMessage(error: Error): string | undefined {
  if (error instanceof StatusError) {
    if (error.reason === 'Unauthorized') return `error: You must be logged in to the server (${error.message})`;
    return error.reason === ''
      ? `Error from server: ${error.message}`
      : `Error from server (${error.reason}): ${error.message}`;
  }
  if (error instanceof UrlError) {
    if (error.inner.includes('connection refused'))
      return `The connection to the server ${hostOf(error.url)} was refused - did you specify the right host or port?`;
    return `Unable to connect to the server: ${error.inner}`;
  }
  if (error instanceof ConnectionError) return `Unable to connect to the server: ${error.message}`;
  if (error instanceof PlainError) return error.message;
  return undefined;
}

function messageForError(error: Error): string {
  return standardErrorMessage(error) ?? error.message;
}

function invalidMessage(status: Status): string {
  const details = status.details;
  let text = 'The request is invalid';
  if (details === undefined) return status.message ? `${text}: ${status.message}` : text;
  const causes = details.causes ?? [];
  if (details.kind || details.name) text = `The ${details.kind ?? ''} ${quote(details.name ?? '')} is invalid`;
  else if (status.message && causes.length === 0) text += `: ${status.message}`;
  if (causes.length === 0) return text;
  const lines: string[] = [];
  for (const cause of causes) {
    const line = `${cause.field ?? ''}: ${cause.message ?? ''}`;
    if (!lines.includes(line)) lines.push(line);
  }
  return lines.length === 1 ? `${text}: ${lines[0]}\n` : `${text}: \n${lines.map((line) => `* ${line}\n`).join('')}`;
}

/** What kubectl prints for an error and the code it ends with (cmdutil.CheckErr). */
export function describeError(thrown: unknown): { text: string; exitCode: number } {
  let error = asError(thrown);
  if (error instanceof AggregateKubectlError && error.errors.length === 1) error = error.errors[0]!;
  if (error instanceof ExitError) return { text: error.message, exitCode: error.exitCode };
  if (error instanceof StatusError && error.reason === 'Invalid')
    return { text: invalidMessage(error.status), exitCode: 1 };
  if (error instanceof AggregateKubectlError)
    return {
      text: flatten(error)
        .map((inner) => `${messageForError(inner)}\n`)
        .join(''),
      exitCode: 1,
    };
  if (error instanceof ConfigurationError) return { text: `Error in configuration: ${error.message}`, exitCode: 1 };
  const standard = standardErrorMessage(error);
  if (standard !== undefined) return { text: standard, exitCode: 1 };
  const text = error.message.startsWith('error: ') ? error.message : `error: ${error.message}`;
  return { text, exitCode: error instanceof KubectlError ? error.exitCode : 1 };
}

function flatten(error: Error): Error[] {
  return error instanceof AggregateKubectlError ? error.errors.flatMap(flatten) : [error];
}

/** cmdutil.AddSourceToErr: says in which file the trouble is. */
export function addSource(verb: string, source: string | undefined, error: unknown): Error {
  const cause = asError(error);
  if (source === undefined || source === '') return cause;
  const message = `error when ${verb} ${quote(source)}: ${cause.message}`;
  return cause instanceof StatusError ? new StatusError({ ...cause.status, message }) : new KubectlError(message);
}
