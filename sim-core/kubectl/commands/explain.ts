import type { Command, Context } from '../command.ts';
import { groupVersion, splitApiVersion } from '../discovery.ts';
import { KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';
import { findBareResource } from '../resource-builder.ts';

/** As much of an OpenAPI v3 schema as explain looks at. */
interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  allOf?: Schema[];
  required?: string[];
  enum?: unknown[];
  externalDocs?: { description?: string; url?: string };
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
}

interface Document {
  components?: { schemas?: Record<string, Schema> };
}

/** go-wordwrap: breaks at spaces, never inside a word, keeps line breaks. */
export function wordWrap(text: string, limit: number): string {
  let out = '';
  let current = 0;
  let word = '';
  let space = '';
  const length = (part: string): number => [...part].length;
  for (const character of text) {
    if (character === '\n') {
      if (word === '') {
        if (current + length(space) > limit) current = 0;
        else out += space;
        space = '';
      } else {
        out += space + word;
        space = '';
        word = '';
      }
      out += '\n';
      current = 0;
    } else if (/\s/.test(character) && character !== '\u00a0') {
      if (space === '' || word !== '') {
        current += length(space) + length(word);
        out += space + word;
        space = '';
        word = '';
      }
      space += character;
    } else {
      word += character;
      if (current + length(word) + length(space) > limit && length(word) < limit) {
        out += '\n';
        current = 0;
        space = '';
      }
    }
  }
  if (word === '') return current + length(space) <= limit ? out + space : out;
  return out + space + word;
}

function indent(text: string, by: number): string {
  const pad = ' '.repeat(by);
  return pad + text.replaceAll('\n', `\n${pad}`);
}

class Explainer {
  readonly #document: Document;
  readonly #recursive: boolean;

  constructor(document: Document, recursive: boolean) {
    this.#document = document;
    this.#recursive = recursive;
  }

  #resolve(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1);
    const schemas = this.#document.components?.schemas ?? {};
    return name !== undefined && Object.hasOwn(schemas, name) ? schemas[name]! : schema;
  }

  find(kind: { group: string; version: string; kind: string }): Schema | undefined {
    return Object.values(this.#document.components?.schemas ?? {}).find((schema) =>
      schema['x-kubernetes-group-version-kind']?.some(
        (item) => item.group === kind.group && item.version === kind.version && item.kind === kind.kind,
      ),
    );
  }

  #typeGuess(schema: Schema): string {
    if (schema.items !== undefined) return `[]${this.#typeGuess(schema.items)}`;
    if (typeof schema.additionalProperties === 'object')
      return `map[string]${this.#typeGuess(schema.additionalProperties)}`;
    if (schema.allOf?.length === 1 && schema.properties === undefined) return this.#typeGuess(schema.allOf[0]!);
    if (schema.$ref !== undefined) {
      const resolved = this.#resolve(schema);
      if (resolved === schema || resolved.type === undefined || resolved.type === 'object')
        return schema.$ref.split('/').at(-1)!.split('.').at(-1) || 'Object';
      return resolved.type;
    }
    return schema.type === 'object' ? 'Object' : (schema.type ?? 'Object');
  }

  #description(schema: Schema, depth = 0): string {
    if (depth > 20) return '';
    const resolved = this.#resolve(schema);
    let text = resolved.description ? `${resolved.description}\n` : '';
    for (const part of resolved.allOf ?? []) text += this.#description(part, depth + 1);
    if (resolved.items !== undefined) text += this.#description(resolved.items, depth + 1);
    if (typeof resolved.additionalProperties === 'object')
      text += this.#description(resolved.additionalProperties, depth + 1);
    return text;
  }

  #enumText(schema: Schema, long: boolean, by: number): string {
    if (schema.enum === undefined || schema.enum.length === 0) return '';
    const word = (value: unknown): string => (value === '' ? '""' : String(value));
    if (long) return `ENUM:${schema.enum.map((value) => `\n    ${word(value)}`).join('')}`;
    const shown = schema.enum.slice(0, 4).map(word).join(', ');
    return `\n${' '.repeat(by)}enum: ${shown}${schema.enum.length > 4 ? ', ....' : ''}`;
  }

  #externalDocs(docs: Schema['externalDocs'], by: number, wrap: number): string {
    if (docs === undefined) return '';
    let text = `${indent('EXTERNAL DOCS:', by)}\n`;
    if (docs.description) text += `${indent(wordWrap(docs.description, wrap), by + 4)}\n`;
    if (docs.url) text += `${indent(`URL: ${docs.url}`, by + 4)}\n`;
    return text;
  }

  #fieldList(schema: Schema, level: number, history: ReadonlySet<string>): string {
    const reference = schema.$ref ?? '';
    if (reference !== '' && history.has(reference)) return '';
    const seen = new Set(history).add(reference);
    const resolved = this.#resolve(schema);
    let text = '';
    for (const name of Object.keys(resolved.properties ?? {}).sort()) {
      const field = resolved.properties![name]!;
      const by = level * 2;
      text += `${' '.repeat(by)}${name}\t<${this.#typeGuess(field)}>`;
      if (resolved.required?.includes(name) === true) text += ' -required-';
      text += `${this.#enumText(field, false, by)}\n`;
      if (!this.#recursive) {
        text += `${indent(wordWrap(field.description || '<no description>', 78 - by), by + 2)}\n`;
        if (field.externalDocs !== undefined) text += `\n${this.#externalDocs(field.externalDocs, by + 2, 76 - by)}`;
        text += '\n';
      } else if (level < 40) text += this.#fieldList(field, level + 1, seen);
    }
    for (const part of resolved.allOf ?? []) text += this.#fieldList(part, level, seen);
    if (resolved.items !== undefined) text += this.#fieldList(resolved.items, level, seen);
    if (typeof resolved.additionalProperties === 'object')
      text += this.#fieldList(resolved.additionalProperties, level, seen);
    return text;
  }

  /** Follows the path of fields and prints what is there; undefined where a field does not exist. */
  output(schema: Schema, path: readonly string[], history: ReadonlySet<string> = new Set()): string | undefined {
    const reference = schema.$ref ?? '';
    const resolved = this.#resolve(schema);
    const [first, ...rest] = path;
    if (first === undefined) {
      const described = this.#description(resolved) || '<empty>';
      let text = `DESCRIPTION:\n${indent(wordWrap(described, 76), 4)}\n`;
      const docs = this.#externalDocs(resolved.externalDocs, 0, 76);
      if (docs !== '') text += `\n${docs}`;
      const fields = this.#fieldList(resolved, 1, new Set());
      return fields === '' ? text : `${text}FIELDS:\n${fields}`;
    }
    if (reference !== '' && history.has(reference)) return undefined;
    const seen = new Set(history).add(reference);
    const properties = resolved.properties ?? {};
    if (Object.hasOwn(properties, first)) {
      const field = properties[first]!;
      let text = '';
      if (rest.length === 0)
        text = `FIELD: ${first} <${this.#typeGuess(field)}>\n${this.#enumText(field, true, 4)}\n\n`;
      const inner = this.output(field, rest);
      return inner === undefined ? undefined : text + inner;
    }
    if (resolved.items !== undefined) return this.output(resolved.items, path, seen);
    if (typeof resolved.additionalProperties === 'object')
      return this.output(resolved.additionalProperties, path, seen);
    for (const part of resolved.allOf ?? []) {
      const text = this.output(part, path, seen);
      if (text !== undefined) return text;
    }
    return undefined;
  }
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length === 0)
    throw new KubectlError(
      'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  if (args.length > 1) throw new KubectlError('We accept only this format: explain RESOURCE');
  const output = flags.string('output');
  if (output !== 'plaintext' && output !== 'plaintext-openapiv2')
    throw new KubectlError(`unrecognized format: ${output}`);
  const [word = '', ...fields] = args[0]!.split('.');
  let path = fields;
  let resource = (await context.discovery()).lookup(word);
  if (resource === undefined && fields.length > 0) {
    for (let i = fields.length; i > 0 && resource === undefined; i--) {
      resource = (await context.discovery()).lookup([word, ...fields.slice(0, i)].join('.'));
      if (resource !== undefined) path = fields.slice(i);
    }
  } else if (resource !== undefined && fields.length > 0) {
    for (let i = fields.length; i > 0; i--) {
      const qualified = [word, ...fields.slice(0, i)].join('.');
      const group = fields.slice(0, i).join('.');
      const versioned = fields.slice(1, i).join('.');
      const found = (await context.discovery()).lookup(qualified);
      if (
        found !== undefined &&
        (found.group === group || (i > 1 && found.group === versioned && found.version === fields[0]))
      ) {
        resource = found;
        path = fields.slice(i);
        break;
      }
    }
  }
  resource ??= await findBareResource(context, word);
  const wanted = flags.string('api-version');
  const gv = wanted === '' ? groupVersion(resource) : wanted;
  const { group, version } = splitApiVersion(gv);
  const api = await context.api();
  const index = await api.get<{ paths?: Record<string, { serverRelativeURL: string }> }>('/openapi/v3');
  const key = group === '' ? `api/${version}` : `apis/${group}/${version}`;
  const entry = index.paths?.[key];
  if (entry === undefined) throw new KubectlError(`couldn't find resource for "${gv}, Resource=${resource.resource}"`);
  const document = await api.get<Document>(entry.serverRelativeURL);
  const explainer = new Explainer(document, flags.bool('recursive'));
  const schema = explainer.find({ group, version, kind: resource.kind });
  if (schema === undefined)
    throw new KubectlError(`GVR (${group}/${version}, Resource=${resource.resource}) not found in OpenAPI schema`);
  context.out(
    `${group === '' ? '' : `GROUP:      ${group}\n`}KIND:       ${resource.kind}\nVERSION:    ${version}\n\n`,
  );
  const text = explainer.output(schema, path);
  if (text === undefined) throw new KubectlError(`field "${path.at(-1)}" does not exist`);
  context.out(`${text}\n`);
  return undefined;
}

export const command: Command = {
  name: 'explain',
  use: 'explain TYPE[.FIELD...] [--recursive=FALSE|TRUE] [--api-version=api-version-group]',
  short: 'Describe the fields of a kind',
  examples: ['kubectl explain pod', 'kubectl explain deployment.spec.strategy', 'kubectl explain svc.spec --recursive'],
  flags: [
    flag('api-version', 'string', '', 'Of this version: group/version'),
    flag('output', 'string', 'plaintext', 'plaintext or plaintext-openapiv2'),
    flag('recursive', 'bool', 'false', 'All fields below, names only'),
  ],
  run,
};
