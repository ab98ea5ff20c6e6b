// Reads the API types that a kubectl executable was compiled with, and writes them as JSON: the Go structs with their
// JSON names, Go types, patch tags and protobuf field numbers, all from the reflection data that Go links in. That is the
// ground truth of a release which no npm package carries.
//
//   npx node scripts/read-kubectl-types.ts /path/to/kubectl-1.33 > scripts/kubernetes-1.33-types.json
//
// Works for statically linked linux/amd64 executables of Go 1.24 (kubectl 1.33).
import { readFileSync } from 'node:fs';

/** A field of a Go struct. `type` is the Go type as `encoding/json` prints it. */
export interface GoField {
  json: string;
  type: string;
  /** The struct's full name when the type is a struct, or a list, map or pointer of them. */
  ref?: string;
  /** Underlying kind of a named type that is no struct: `string` for v1.Protocol. */
  base?: string;
  omitempty?: true;
  inline?: true;
  patchStrategy?: string;
  patchMergeKey?: string;
  protobuf?: number;
}

const path = process.argv[2];
if (path === undefined) throw new Error('usage: read-kubectl-types.ts <kubectl>');
const file = readFileSync(path);

// --- ELF sections
const sectionOffset = Number(file.readBigUInt64LE(0x28));
const sectionCount = file.readUInt16LE(0x3c);
const nameSection = file.readUInt16LE(0x3e);
interface Section {
  name: number;
  address: number;
  offset: number;
  size: number;
}
const sections: Section[] = [];
for (let index = 0; index < sectionCount; index++) {
  const at = sectionOffset + index * 64;
  sections.push({
    name: file.readUInt32LE(at),
    address: Number(file.readBigUInt64LE(at + 16)),
    offset: Number(file.readBigUInt64LE(at + 24)),
    size: Number(file.readBigUInt64LE(at + 32)),
  });
}
const strings = sections[nameSection]!;
function section(name: string): Section {
  const found = sections.find((one) => {
    const start = strings.offset + one.name;
    return file.toString('latin1', start, file.indexOf(0, start)) === name;
  });
  if (found === undefined) throw new Error(`no section ${name}: not the kind of executable this script reads`);
  return found;
}
const rodata = section('.rodata');
function offsetOf(address: number): number {
  const found = sections.find((one) => one.address > 0 && address >= one.address && address < one.address + one.size);
  if (found === undefined) throw new Error(`address ${address.toString(16)} is in no section`);
  return address - found.address + found.offset;
}
const pointer = (address: number) => Number(file.readBigUInt64LE(offsetOf(address)));

// --- Go reflection data (internal/abi)
const KIND_NAMES: Record<number, string> = {
  1: 'bool',
  2: 'int',
  5: 'int32',
  6: 'int64',
  7: 'uint',
  8: 'uint8',
  10: 'uint32',
  11: 'uint64',
  14: 'float64',
  17: 'array',
  18: 'chan',
  19: 'func',
  20: 'interface',
  21: 'map',
  22: 'ptr',
  23: 'slice',
  24: 'string',
  25: 'struct',
};
function varint(address: number): [value: number, next: number] {
  let value = 0;
  let shift = 0;
  for (let at = offsetOf(address); ; at++, address++) {
    const byte = file[at];
    if (byte === undefined) throw new Error('a name beyond the end of the file');
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, address + 1];
    shift += 7;
  }
}
function text(address: number): [value: string, next: number] {
  const [length, start] = varint(address);
  const at = offsetOf(start);
  return [file.toString('utf8', at, at + length), start + length];
}
function goName(address: number): { name: string; tag: string; embedded: boolean } {
  const flags = file[offsetOf(address)]!;
  const [name, next] = text(address + 1);
  return { name, tag: flags & 2 ? text(next)[0] : '', embedded: (flags & 8) !== 0 };
}
const SIZE_OF_KIND: Record<string, number> = {
  struct: 80,
  ptr: 56,
  slice: 56,
  map: 112,
  interface: 80,
  array: 72,
  chan: 64,
  func: 56,
};
interface GoType {
  address: number;
  kind: string;
  string: string;
  package: string;
}
function goType(address: number): GoType {
  const at = offsetOf(address);
  const flags = file[at + 20]!;
  const kind = KIND_NAMES[file[at + 23]! & 31] ?? 'other';
  let string = goName(rodata.address + file.readInt32LE(at + 40)).name;
  if (flags & 2) string = string.slice(1);
  let packagePath = '';
  if (flags & 1) {
    const offset = file.readInt32LE(at + (SIZE_OF_KIND[kind] ?? 48));
    if (offset > 0) packagePath = goName(rodata.address + offset).name;
  }
  return { address, kind, string, package: packagePath };
}
const fullName = (type: GoType) => `${type.package}.${type.string.slice(type.string.indexOf('.') + 1)}`;

const structs: Record<string, GoField[]> = {};
const waiting: GoType[] = [];
const seen = new Set<string>();
const wanted = (type: GoType) =>
  /^k8s\.io\/(api|apimachinery\/pkg\/(apis\/meta\/v1|runtime|version|util\/intstr|api\/resource))(\/|$)/.test(
    type.package,
  );
function want(type: GoType): void {
  if (type.kind !== 'struct' || !wanted(type) || seen.has(fullName(type))) return;
  seen.add(fullName(type));
  waiting.push(type);
}
/** The struct within pointers, lists and maps. */
function innermost(type: GoType): GoType {
  if (type.kind === 'ptr' || type.kind === 'slice') return innermost(goType(pointer(type.address + 48)));
  if (type.kind === 'map') return innermost(goType(pointer(type.address + 56)));
  return type;
}
function readStruct(type: GoType): void {
  const fields: GoField[] = [];
  const first = pointer(type.address + 56);
  const count = pointer(type.address + 64);
  for (let index = 0; index < count; index++) {
    const name = goName(pointer(first + index * 24));
    const fieldType = goType(pointer(first + index * 24 + 8));
    const tag = (key: string) => new RegExp(`${key}:"([^"]*)"`).exec(name.tag)?.[1];
    const json = tag('json');
    if (json === '-' || (json === undefined && !name.embedded)) continue;
    const [jsonName = '', ...options] = (json ?? ',inline').split(',');
    const inner = innermost(fieldType);
    const field: GoField = { json: jsonName, type: fieldType.string };
    if (inner.kind === 'struct') field.ref = fullName(inner);
    else if (inner.package !== '') field.base = inner.kind;
    if (fieldType.kind === 'map' && fieldType.package !== '')
      field.base = `map[string]${goType(pointer(fieldType.address + 56)).string}`;
    if (fieldType.kind === 'slice' && fieldType.package !== '')
      field.base = `[]${goType(pointer(fieldType.address + 48)).string}`;
    if (options.includes('omitempty')) field.omitempty = true;
    if (options.includes('inline') || jsonName === '') field.inline = true;
    const strategy = tag('patchStrategy');
    if (strategy !== undefined) field.patchStrategy = strategy;
    const mergeKey = tag('patchMergeKey');
    if (mergeKey !== undefined) field.patchMergeKey = mergeKey;
    const protobuf = tag('protobuf');
    if (protobuf !== undefined) {
      field.protobuf = Number(protobuf.split(',')[1]);
    }
    fields.push(field);
    want(inner);
  }
  structs[fullName(type)] = fields;
}
const links = section('.typelink');
for (let at = links.offset; at < links.offset + links.size; at += 4) {
  const type = goType(rodata.address + file.readInt32LE(at));
  if (type.kind === 'ptr' || type.kind === 'slice' || type.kind === 'map') want(innermost(type));
}
while (waiting.length > 0) readStruct(waiting.pop()!);

// Only what the type table is made from, in a stable order.
const packages =
  /^k8s\.io\/(api\/(admissionregistration|apps|authentication|authorization|autoscaling|batch|certificates|coordination|core|discovery|events|flowcontrol|networking|node|policy|rbac|scheduling|storage)\/v[12]|apimachinery\/pkg\/(apis\/meta\/v1|version))\.[A-Z]/;
const lines = Object.keys(structs)
  .filter((name) => packages.test(name))
  .sort()
  .map((name) => `${JSON.stringify(name)}:[\n${structs[name]!.map((field) => JSON.stringify(field)).join(',\n')}]`);
process.stdout.write(`{${lines.join(',\n')}}\n`);
