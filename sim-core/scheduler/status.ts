/**
 * What a plugin says about a pod, or about a pod on a node (framework.Code).
 *
 * `Unschedulable`: not now, though evicting pods might help. `UnschedulableAndUnresolvable`: evicting pods will not help.
 * `Wait`: not yet decided (Permit, PreBind). `Skip`: nothing to do for this pod. `Pending`: waits for something outside.
 */
export type Code = 'Success' | 'Error' | 'Unschedulable' | 'UnschedulableAndUnresolvable' | 'Wait' | 'Skip' | 'Pending';

/** A plugin's verdict with its reasons (framework.Status). Plugins return nothing at all for plain success. */
export class Status {
  readonly code: Code;
  readonly reasons: readonly string[];
  /** What was thrown, when the code is `Error`. */
  readonly error: unknown;
  /** Name of the plugin that said so; the framework fills it in. */
  plugin = '';

  constructor(code: Code, reasons: readonly string[] = [], error?: unknown) {
    this.code = code;
    this.reasons = reasons;
    this.error = error;
  }

  /** The reasons in one line (Status.Message). */
  get message(): string {
    return this.reasons.join(', ');
  }

  /** Whether the pod was refused, as opposed to something having gone wrong (Status.IsRejected). */
  get rejected(): boolean {
    return this.code === 'Unschedulable' || this.code === 'UnschedulableAndUnresolvable' || this.code === 'Pending';
  }
}

export const skip = new Status('Skip');

export function unschedulable(...reasons: string[]): Status {
  return new Status('Unschedulable', reasons);
}

export function unresolvable(...reasons: string[]): Status {
  return new Status('UnschedulableAndUnresolvable', reasons);
}

/** Something went wrong (framework.AsStatus). */
export function failure(error: unknown): Status {
  return new Status('Error', [error instanceof Error ? error.message : String(error)], error);
}

/** An error with where it happened in front, as Go's fmt.Errorf with %w. */
export function prefixed(where: string, status: Status): Status {
  const result = new Status('Error', [`${where}: ${status.message}`], status.error);
  result.plugin = status.plugin;
  return result;
}
