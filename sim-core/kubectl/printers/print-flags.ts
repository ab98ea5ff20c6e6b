import { decodeUtf8 } from '../../api/utf8.ts';
import type { ApiObject } from '../api.ts';
import type { Context } from '../command.ts';
import { splitApiVersion } from '../discovery.ts';
import { KubectlError, quote } from '../errors.ts';
import { type FlagSpec, flag } from '../flags.ts';
import { resolvePath } from '../paths.ts';
import { compactJson, stringifyJson } from './json.ts';

/** Prints one object at a time; what it answers goes to stdout. */
export type ObjectPrinter = (object: ApiObject) => string;

const TEMPLATE_FORMATS = [
  'go-template',
  'go-template-file',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'template',
  'templatefile',
];
export const FORMATS = [...TEMPLATE_FORMATS, 'json', 'name', 'yaml'];

/** The flags of commands that print objects: -o, --template, --allow-missing-template-keys, --show-managed-fields. */
export function printFlags(): FlagSpec[] {
  return [
    flag('o,output', 'string', '', 'How to print: json, yaml, name, jsonpath=…, go-template=…'),
    flag('template', 'string', '', 'The template, or its file, for -o go-template and -o jsonpath'),
    flag('allow-missing-template-keys', 'bool', 'true', 'Do not fail when a template names a field that is not there'),
    flag('show-managed-fields', 'bool', 'false', 'Keep metadata.managedFields in JSON and YAML'),
  ];
}

/** Takes metadata.managedFields out of an object or of the items of a list. */
export function withoutManagedFields(object: ApiObject): ApiObject {
  if (Array.isArray(object.items)) return { ...object, items: (object.items as ApiObject[]).map(withoutManagedFields) };
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** `deployment.apps/web` */
export function nameOf(object: ApiObject): string {
  const { group } = splitApiVersion(object.apiVersion ?? '');
  const kind = (object.kind ?? '').toLowerCase();
  return `${group === '' ? kind : `${kind}.${group}`}/${object.metadata?.name || '<unknown>'}`;
}

async function templateText(context: Context, format: string, argument: string | undefined): Promise<string> {
  const given = argument ?? context.flags.string('template');
  if (given === '') throw new KubectlError('template format specified but no template given');
  if (!format.endsWith('file')) return given;
  try {
    return decodeUtf8(await context.env.files.read(resolvePath(context.env.cwd, given)));
  } catch {
    throw new KubectlError(`error reading --template ${given}, open ${given}: no such file or directory`);
  }
}

async function templatePrinter(context: Context, format: string, argument: string | undefined): Promise<ObjectPrinter> {
  const text = await templateText(context, format, argument);
  const allowMissing = context.flags.has('allow-missing-template-keys')
    ? context.flags.bool('allow-missing-template-keys')
    : true;
  if (format.startsWith('jsonpath')) {
    const { JsonPath, goSyntax } = await import('./jsonpath.ts');
    let path: InstanceType<typeof JsonPath>;
    try {
      path = new JsonPath(text, { allowMissing, asJson: format === 'jsonpath-as-json' });
    } catch (error) {
      throw new KubectlError(`error parsing jsonpath ${text}, ${(error as Error).message}`);
    }
    return (object) => {
      try {
        return path.execute(object);
      } catch (error) {
        throw new KubectlError(
          `error executing jsonpath ${quote(text)}: Error executing template: ${(error as Error).message}. Printing more information for debugging the template:\n` +
            `\ttemplate was:\n\t\t${text}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n\n`,
        );
      }
    };
  }
  const { GoTemplate, goValue } = await import('./go-template.ts');
  const template = new GoTemplate(text, allowMissing);
  return (object) => {
    try {
      return template.execute(object);
    } catch (error) {
      const { message } = error as Error;
      context.out(
        `${template.printed}Error executing template: ${message}. Printing more information for debugging the template:\n` +
          `\ttemplate was:\n\t\t${text}\n\traw data was:\n\t\t${compactJson(object)}\n` +
          `\tobject given to template engine was:\n\t\t${goValue(object)}\n\n`,
      );
      throw new KubectlError(`error executing template ${quote(text)}: ${message}`);
    }
  };
}

export interface PrinterOptions {
  /** Formats besides the usual ones, for the error text. */
  extraFormats?: readonly string[];
  /** Keep the order of keys in JSON, as Go does for its own types. */
  ordered?: boolean;
  output?: string;
}

/** The printer for `-o` where it names one of the general formats; throws for a format that is not known. */
export async function printerFor(context: Context, options: PrinterOptions = {}): Promise<ObjectPrinter> {
  const { flags } = context;
  let output = options.output ?? flags.string('output');
  if (output === '' && flags.has('template') && flags.string('template') !== '') output = 'go-template';
  const equals = output.indexOf('=');
  const format = equals < 0 ? output : output.slice(0, equals);
  const argument = equals < 0 ? undefined : output.slice(equals + 1);
  const keep = flags.has('show-managed-fields') && flags.bool('show-managed-fields');
  const clean = (object: ApiObject) => (keep ? object : withoutManagedFields(object));
  if (TEMPLATE_FORMATS.includes(format) && (format.startsWith('jsonpath') || format.includes('template')))
    return templatePrinter(context, format, argument);
  if (output === 'json') return (object) => stringifyJson(clean(object), options.ordered !== true);
  if (output === 'yaml') {
    const { stringifyYaml } = await import('./yaml.ts');
    let count = 0;
    return (object) => (count++ > 0 ? '---\n' : '') + stringifyYaml(clean(object));
  }
  if (output === 'name') return (object) => `${nameOf(object)}\n`;
  const allowed = [...FORMATS, ...(options.extraFormats ?? [])].sort();
  throw new KubectlError(
    `unable to match a printer suitable for the output format ${quote(output)}, allowed formats are: ${allowed.join(',')}`,
  );
}

/** What a mutation prints: `pod/web created`, with ` (dry run)` or ` (server dry run)`. */
export async function operationPrinter(
  context: Context,
  operation: string,
  dryRun: 'none' | 'client' | 'server',
  options: PrinterOptions = {},
): Promise<ObjectPrinter> {
  const output = options.output ?? context.flags.string('output');
  const templated = context.flags.has('template') && context.flags.string('template') !== '';
  if (output !== '' || templated) return printerFor(context, options);
  const suffix = dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
  return (object) => `${nameOf(object)} ${operation}${suffix}\n`;
}
