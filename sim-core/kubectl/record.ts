import type { ApiObject } from './api.ts';
import type { Context } from './command.ts';
import { flag } from './flags.ts';

const CAUSE = 'kubernetes.io/change-cause';

/** `--record` is deprecated, but the commands of many a tutorial carry it. */
export const RECORD = flag('record', 'bool', 'false', 'Keep this command in an annotation of the object', {
  hidden: true,
  deprecated: '--record will be removed in the future',
});

/** Commands that take `--record`, and those below them. */
export const RECORDING = 'annotate apply autoscale create edit expose label patch replace run scale set'.split(' ');

/** The annotations that `--record` adds: the command line, its flags last (genericclioptions.ParseCommandArguments). */
export function recordedAnnotations({ flags, path, args }: Context): Record<string, string> | undefined {
  if (!flags.has('record') || !flags.bool('record')) return undefined;
  return { [CAUSE]: [path, ...args, ...flags.given().map(([name, value]) => `--${name}=${value}`)].join(' ') };
}

/** The object, or the patch of one, with what `--record` adds. */
export function recorded<T>(context: Context, object: T): T {
  const added = recordedAnnotations(context);
  if (added === undefined || typeof object !== 'object' || object === null || Array.isArray(object)) return object;
  const { metadata } = object as Partial<ApiObject>;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata?.annotations, ...added } } };
}
