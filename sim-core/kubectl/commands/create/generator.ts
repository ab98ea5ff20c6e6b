import type { ApiObject } from '../../api.ts';
import type { Command, Context } from '../../command.ts';
import { dryRunOf, validationOf } from '../../dry-run.ts';
import { asError, KubectlError, usageError } from '../../errors.ts';
import type { FlagSpec } from '../../flags.ts';
import { createFlags, createObject, saveConfig, typedResource } from '../../mutate.ts';
import { operationPrinter } from '../../printers/print-flags.ts';

/** NameFromCommandArgs */
export function nameFromArgs(context: Context): string {
  const { args, argsBeforeDash } = context;
  const names = argsBeforeDash < 0 ? args : args.slice(0, argsBeforeDash);
  if (names.length !== 1) throw usageError(context.path, `exactly one NAME is required, got ${names.length}`);
  return names[0]!;
}

/** What stands after `--`, or undefined. */
export function commandAfterDash(context: Context): string[] | undefined {
  const words = context.argsBeforeDash < 0 ? context.args.slice(1) : context.args.slice(context.argsBeforeDash);
  return words.length === 0 ? undefined : [...words];
}

/** metadata in the order of Go's ObjectMeta. */
export function meta(
  name: string,
  extra: {
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: unknown;
  } = {},
): ApiObject['metadata'] {
  return {
    name,
    namespace: extra.namespace,
    creationTimestamp: null,
    labels: extra.labels,
    annotations: extra.annotations,
    ownerReferences: extra.ownerReferences,
  } as ApiObject['metadata'];
}

/** The namespace, where --namespace names it: objects then carry it. */
export async function explicitNamespace(context: Context): Promise<string | undefined> {
  const { namespace, namespaceExplicit } = await context.config();
  return namespaceExplicit ? namespace : undefined;
}

export interface Generator {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly use: string;
  readonly short: string;
  readonly flags: readonly FlagSpec[];
  /** Plural resource and whether it has a namespace. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** Words before the server's error, as the real command has them; none to leave the error as it is. */
  readonly failure?: string;
  readonly examples?: readonly string[];
  build(context: Context, name: string): Promise<ApiObject>;
}

/** Makes a `kubectl create KIND` command of a generator. */
export function generatorCommand(generator: Generator): Command {
  return {
    name: generator.name,
    aliases: generator.aliases,
    use: `create ${generator.use}`,
    short: generator.short,
    examples: generator.examples,
    flags: [...generator.flags, ...createFlags('kubectl-create')],
    async run(context) {
      const name = nameFromArgs(context);
      const dryRun = dryRunOf(context);
      const printer = await operationPrinter(context, 'created', dryRun, { ordered: true });
      validationOf(context);
      let object = saveConfig(context, await generator.build(context, name));
      if (dryRun !== 'client') {
        const { namespace } = await context.config();
        const mapping = typedResource(object, generator.resource, generator.namespaced);
        try {
          object = await createObject(context, mapping, namespace, object, dryRun);
        } catch (error) {
          if (generator.failure === undefined) throw error;
          throw new KubectlError(`${generator.failure} ${asError(error).message}`);
        }
      }
      context.out(printer(object));
      return 0;
    },
  };
}
