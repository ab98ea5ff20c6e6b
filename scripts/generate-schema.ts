// Writes the type table of the API and what goes with it:
//
//   sim-core/api/schema/types.gen.ts          fields, types, required, enums, defaults, merge keys (always loaded)
//   sim-core/api/schema/descriptions.gen.ts   what `kubectl explain` prints (loaded on first use)
//   sim-core/api/protobuf/numbers.gen.ts      protobuf field numbers (loaded by the HTTP door)
//
//   npx node scripts/generate-schema.ts
//
// Sources: scripts/kubernetes-1.33-types.json (the Go structs of v1.33, written by read-kubectl-types.ts), `kubernetes-types` and
// `@kubernetes/client-node` (descriptions, and which fields are optional), tests/fixtures/api-facts.json (enums, defaults,
// list types), and our own schema-facts.ts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { GoField } from './read-kubectl-types.ts';
import { NEWER_ATOMIC_TYPES, NEWER_FACTS, NEWER_REQUIRED, otherStructs, PACKAGES } from './schema-facts.ts';

interface Fact {
  type: string;
  required?: boolean;
  enum?: string[];
  default?: unknown;
  mergeKey?: string;
  patchStrategy?: string;
  listType?: string;
  listMapKeys?: string[];
  mapType?: string;
}
const root = new URL('..', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const facts = JSON.parse(read('tests/fixtures/api-facts.json')) as Record<
  string,
  { fields: Record<string, Fact>; gvk?: string; mapType?: string }
>;
const structs: Record<string, GoField[]> = {
  ...JSON.parse(read('scripts/kubernetes-1.33-types.json')),
  ...otherStructs(),
};

const packageOf = (goType: string) => PACKAGES.find((one) => goType.startsWith(`${one.go}.`));
const shortName = (goType: string) => goType.slice(goType.lastIndexOf('.') + 1);
function openapiName(goType: string): string {
  const found = packageOf(goType);
  if (found === undefined) throw new Error(`${goType} is in no known package`);
  return `${found.openapi}.${shortName(goType)}`;
}

// --- descriptions and optional fields, from the npm packages
interface Documented {
  description: string;
  fields: Map<string, { description: string; optional: boolean }>;
}
const comment = (text: string) =>
  text
    .replace(/^\/?\*+\/?|\*\/$/gm, ' ')
    .replace(/^[ \t]*\*[ \t]?/gm, '')
    .replace(/[ \t]*\n[ \t]*/g, '\n')
    .replace(/(?<!\n)\n(?!\n)/g, ' ')
    .trim();
function parseInterfaces(source: string, pattern: RegExp): Map<string, Documented> {
  const found = new Map<string, Documented>();
  for (const [, description = '', name = '', body = ''] of source.matchAll(pattern)) {
    const fields: Documented['fields'] = new Map();
    for (const [, text = '', , field = '', mark] of body.matchAll(
      /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?(?:readonly )?(['"]?)([$\w-]+)\2(\?)?: /g,
    )) {
      fields.set(field, { description: comment(text), optional: mark === '?' });
    }
    found.set(name, { description: comment(description), fields });
  }
  return found;
}
const INTERFACE = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?export (?:interface) (\w+) \{([\s\S]*?)\n\}/g;
const CLASS =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export declare class (\w+) \{([\s\S]*?)\n {4}static readonly discriminator/g;
const typings = new Map(
  PACKAGES.filter((one) => one.types !== '').map((one) => [
    one.go,
    parseInterfaces(read(`node_modules/kubernetes-types/${one.types}.d.ts`), INTERFACE),
  ]),
);
function clientModel(goType: string): Documented | undefined {
  const found = packageOf(goType)!;
  const version = found.version === 'v2' ? 'V2' : 'V1';
  const group = found.openapi.split('.').at(-2)!;
  const name = shortName(goType);
  for (const model of [`${group[0]!.toUpperCase()}${group.slice(1)}${version}${name}`, `${version}${name}`]) {
    const path = `node_modules/@kubernetes/client-node/dist/gen/models/${model}.d.ts`;
    if (existsSync(new URL(path, root))) return parseInterfaces(read(path), CLASS).get(model);
  }
  return undefined;
}
const modelNames = new Map<string, string>([
  ['continue', '_continue'],
  ['default', '_default'],
  ['enum', '_enum'],
  ['for', '_for'],
]);

// --- which types
const inlineOf = (field: GoField) =>
  field.inline === true && field.ref !== undefined ? structs[field.ref] : undefined;
/** The fields of a struct as JSON has them, with the protobuf numbers that lead there. */
function flatten(goType: string): (GoField & { path: number[] })[] {
  return structs[goType]!.flatMap((field) => {
    const number = field.protobuf === undefined ? [] : [field.protobuf];
    const inline = inlineOf(field);
    if (inline === undefined) return field.json === '' ? [] : [{ ...field, path: number }];
    return flatten(field.ref!).map((inner) => ({
      ...inner,
      path: number.length === 0 || inner.path.length === 0 ? [] : [...number, ...inner.path],
    }));
  });
}
/** Types that the generated OpenAPI has no schema for: options, and what only etcd and audit logs hold. */
const NOT_SERVED =
  /\.(\w*Options|RangeAllocation|SerializedReference|List|InternalEvent|Table\w*|PartialObjectMetadata\w*|RootPaths|Patch|TypeMeta|Timestamp|GroupVersion\w*|GroupResource|GroupKind|PodStatusResult|Time|MicroTime|Duration|FieldsV1|RawExtension)$/;
const SPECIAL: Record<string, string> = {
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'q',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'x',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': 't',
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': 'u',
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': 'f',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'r',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON': 'a',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool': 'B',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray': 'A',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray': 'O',
};
const isKind = (goType: string) =>
  structs[goType]!.some((field) => field.inline === true && field.ref?.endsWith('/v1.TypeMeta')) &&
  packageOf(goType)?.version !== '';
const included = new Set<string>();
function include(goType: string): void {
  if (included.has(goType) || SPECIAL[goType] !== undefined) return;
  if (structs[goType] === undefined) throw new Error(`unknown type ${goType}`);
  included.add(goType);
  for (const field of flatten(goType)) if (field.ref !== undefined) include(field.ref);
}
const kept = new Set(['DeleteOptions', 'GroupVersionForDiscovery', 'TokenRequest']);
for (const goType of Object.keys(structs)) {
  if (packageOf(goType) === undefined) continue;
  const known = facts[openapiName(goType)] !== undefined;
  if (known || (isKind(goType) && (!NOT_SERVED.test(goType) || kept.has(shortName(goType))))) include(goType);
}

// --- the table
/** The type of a field in the table's notation. See types.gen.ts. */
function typeCode(type: string, field: GoField, owner: string): string {
  if (type === '[]uint8' || field.base === '[]uint8') return 'y';
  if (type.startsWith('*')) return typeCode(type.slice(1), field, owner);
  if (type.startsWith('[]')) return `[${typeCode(type.slice(2), field, owner)}`;
  if (type.startsWith('map[')) return `{${typeCode(type.slice(type.indexOf(']') + 1), field, owner)}`;
  if (field.ref !== undefined) {
    if (field.base?.startsWith('map[') === true) return '{q';
    const special = SPECIAL[field.ref];
    if (special !== undefined) return special;
    const samePackage = field.ref.slice(0, field.ref.lastIndexOf('.')) === owner.slice(0, owner.lastIndexOf('.'));
    if (samePackage) return shortName(field.ref);
    return `${PACKAGES.findIndex((one) => field.ref!.startsWith(`${one.go}.`))}.${shortName(field.ref)}`;
  }
  const basic: Record<string, string> = {
    string: 's',
    bool: 'b',
    int32: 'i',
    int64: 'l',
    int: 'l',
    float64: 'n',
    uint8: 'y',
  };
  if (basic[type] !== undefined) return basic[type];
  if (field.base === '[]string' || type.endsWith('.ExtraValue')) return `[s`;
  if (type.endsWith('.FinalizerName') || field.base === 'string' || /^v\d\.\w+$/.test(type))
    return `$${type.startsWith('v') ? type.slice(type.indexOf('.') + 1) : type}`;
  throw new Error(`${owner}.${field.json}: what is ${type}?`);
}

const sameEnum = new Map<string, string[]>();
for (const goType of included) {
  for (const field of flatten(goType)) {
    const known = facts[openapiName(goType)]?.fields[field.json]?.enum;
    if (known !== undefined && field.base === 'string' && !field.type.startsWith('[]'))
      sameEnum.set(`${packageOf(goType)!.go}.${field.type.replace('*', '')}`, known);
  }
}
const text = (value: unknown) => JSON.stringify(value).replace(/^"|"$/g, '');
const descriptions: Record<string, Record<string, string>> = {};
const lines: string[] = [];
const numbers: string[] = [];
const warnings: string[] = [];
for (const [index, pkg] of PACKAGES.entries()) {
  lines.push(`@${pkg.openapi} ${pkg.group} ${pkg.version}`);
  numbers.push(`@${index}`);
  const names = [...included].filter((goType) => goType.startsWith(`${pkg.go}.`)).sort();
  for (const goType of names) {
    const name = openapiName(goType);
    const known = facts[name];
    const typing = typings.get(pkg.go)?.get(shortName(goType));
    const model = clientModel(goType);
    const docs: Record<string, string> = {};
    const own = typing?.description || model?.description;
    if (own !== undefined && own !== '') docs[''] = own;
    const atomic = known?.mapType === 'atomic' || NEWER_ATOMIC_TYPES.includes(name);
    const kind = isKind(goType) && (known === undefined || known.gvk !== undefined);
    const fields = flatten(goType).map((field) => {
      const fact = known?.fields[field.json] ?? NEWER_FACTS[`${name}.${field.json}`];
      const typed =
        typing?.fields.get(field.json) ??
        model?.fields.get(modelNames.get(field.json) ?? field.json.replace(/-(.)/g, (_, c: string) => c.toUpperCase()));
      const description = typed?.description;
      if (description !== undefined && description !== '') docs[field.json] = description;
      const pointer = field.type.startsWith('*');
      const optional = NEWER_REQUIRED.includes(`${name}.${field.json}`)
        ? false
        : (typed?.optional ?? known?.fields[field.json]?.required !== true);
      if (typed === undefined && known?.fields[field.json] === undefined)
        warnings.push(`${name}.${field.json}: optional? (omitempty: ${field.omitempty === true})`);
      let code = typeCode(field.type, field, goType);
      if (code === 's') code = '';
      else code = `:${code}`;
      let flags = '';
      if (field.omitempty === true) {
        if (optional === false) warnings.push(`${name}.${field.json}: required, yet omitempty`);
        if (pointer) flags = '?';
      } else flags = (optional === false ? '!' : '~') + (pointer ? '?' : '');
      let attributes = '';
      const values =
        fact?.enum ??
        (field.base === 'string' && !field.type.startsWith('[]')
          ? sameEnum.get(`${pkg.go}.${field.type.replace('*', '')}`)
          : undefined);
      if (values !== undefined) {
        if (known?.fields[field.json] !== undefined && fact?.enum === undefined)
          warnings.push(`${name}.${field.json}: enum by its type only`);
        attributes += `;e=${values.join(',')}`;
      }
      const scalar = /^(:[sbiln$].*|)$/.test(code);
      const implied = scalar && field.omitempty !== true && !pointer;
      if (
        fact?.default !== undefined &&
        !(implied && (fact.default === '' || fact.default === 0 || fact.default === false))
      )
        attributes += `;d=${text(fact.default)}`;
      if (implied && known?.fields[field.json] !== undefined && fact?.default === undefined)
        warnings.push(`${name}.${field.json}: no default in the facts`);
      if (field.patchStrategy === 'merge' && field.patchMergeKey !== undefined)
        attributes += `;m=${field.patchMergeKey}`;
      else if (field.patchStrategy === 'merge,retainKeys' && field.patchMergeKey !== undefined)
        attributes += `;M=${field.patchMergeKey}`;
      else if (field.patchStrategy !== undefined) attributes += `;p=${field.patchStrategy}`;
      else if (fact !== undefined && 'patchStrategy' in fact && (fact as Fact).patchStrategy !== undefined) {
        attributes +=
          (fact as Fact).mergeKey !== undefined
            ? `;m=${(fact as Fact).mergeKey}`
            : `;p=${(fact as Fact).patchStrategy}`;
      }
      if (fact?.listType !== undefined) attributes += `;l=${fact.listType[0]}${(fact.listMapKeys ?? []).join(',')}`;
      if (fact?.mapType !== undefined) attributes += `;t=${fact.mapType[0]}`;
      return `${field.json}${code}${flags}${attributes}`;
    });
    lines.push(`${shortName(goType)}${kind ? '#' : ''}${atomic ? '^' : ''} ${fields.join(' ')}`.trimEnd());
    const paths = flatten(goType).map((field) => field.path.join('/'));
    if (paths.some((path) => path !== '')) numbers.push(`${shortName(goType)} ${compactNumbers(paths)}`);
    if (Object.keys(docs).length > 0) descriptions[name] = docs;
  }
}
/** `1-4,7`: numbers in the table's field order; `_` for a field that protobuf does not have, `2/1` for one inside an inlined message. */
function compactNumbers(paths: string[]): string {
  const parts: string[] = [];
  for (let index = 0; index < paths.length; index++) {
    let end = index;
    while (end + 1 < paths.length && /^\d+$/.test(paths[index]!) && Number(paths[end + 1]) === Number(paths[end]) + 1)
      end++;
    parts.push(end > index + 1 ? `${paths[index]}-${paths[end]}` : paths[index] === '' ? '_' : paths[index]!);
    if (end > index + 1) index = end;
  }
  return parts.join(',');
}

const HEADER = '// Generated by scripts/generate-schema.ts. Do not edit.\n';
writeFileSync(
  new URL('sim-core/api/schema/types.gen.ts', root),
  `${HEADER}
/**
 * The API's types, one a line, in the notation that schema.ts reads:
 * \`@package group version\` opens a package; \`Name# field field …\` is a type (\`#\`: a kind, \`^\`: atomic to server-side apply).
 * A field is \`name:type\`, then \`!\` (required) or \`~\` (optional, but always serialised), \`?\` (a pointer in Go), and attributes.
 * Types: s string (the default), \`$Name\` a named string, b boolean, i int32, l int64, n double, y bytes, q Quantity, x IntOrString, t Time,
 * u MicroTime, f FieldsV1, r RawExtension, a any JSON, B A O JSONSchemaPropsOr(Bool|Array|StringArray), \`[\` list of, \`{\` map of, else a type's
 * name, with \`number.\` before it when it is in another package. Attributes: \`;e=\` enum, \`;d=\` default, \`;m=\` merge by key, \`;M=\` merge by key and
 * retain keys, \`;p=\` patch strategy, \`;l=\` list type (a, s, or m and its keys), \`;t=\` map type (a, g).
 */
export const TYPE_TABLE = \`${lines.join('\n').replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\`;
`,
);
writeFileSync(
  new URL('sim-core/api/schema/descriptions.gen.ts', root),
  `${HEADER}
/** What the API's documentation says of types (under the empty name) and of their fields, by OpenAPI type name. */
export const DESCRIPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(descriptions, undefined, 1)};
`,
);
writeFileSync(
  new URL('sim-core/api/protobuf/numbers.gen.ts', root),
  `${HEADER}
/**
 * Protobuf field numbers, in the order of the fields in types.gen.ts: \`@2\` opens the package with that index there, then \`Type 1-4,7,2/1\`. \`a-b\` is a
 * run; \`_\` a field without number (apiVersion and kind travel in the envelope); \`2/1\` field 1 of the message in field 2, which JSON inlines.
 */
export const FIELD_NUMBERS = \`${numbers.join('\n')}\`;
`,
);
for (const warning of warnings) console.error(warning);
console.error(`${included.size} types`);
