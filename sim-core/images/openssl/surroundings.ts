import { firstPem, writePem } from '../../api/pem.ts';
import type { Micros } from '../../engine/index.ts';
import { FileError } from '../process.ts';
import type { Tool } from '../shell/applets/tool.ts';
import { ToolError } from '../shell/applets/tool.ts';
import { type Certificate, certificateOf } from './certificates.ts';
import { type PrivateKey, readPrivateKey } from './keys.ts';

/** What openssl takes from the machine that it runs on. */
export interface Surroundings {
  /** Throws ToolError for a file that is not there. */
  read(name: string): string;
  write(name: string, text: string, mode?: number): void;
  /** All of standard input. */
  readonly input: string;
  now(): Micros;
  /** Random hexadecimal digits. */
  digits(count: number): string;
  /** A new key of RSA. */
  newKey(bits: number): PrivateKey;
  out(text: string): void;
  complain(text: string): void;
}

export type Values = ReadonlyMap<string, string>;

/** The file that `-in` names, or standard input. */
export function inputOf(values: Values, around: Surroundings): string {
  const file = values.get('in');
  return file === undefined ? around.input : around.read(file);
}

export function put(around: Surroundings, file: string | undefined, text: string, mode?: number): void {
  if (file === undefined) around.out(text);
  else around.write(file, text, mode);
}

/** `PEM` or `DER`, as `-inform` and `-outform` say. */
export function formOf(values: Values, option: 'inform' | 'outform'): string {
  const form = (values.get(option) ?? 'PEM').toUpperCase();
  if (form !== 'PEM' && form !== 'DER')
    throw new ToolError(`Invalid format "${values.get(option)}" for option -${option}`);
  return form;
}

/** DER as `-outform` wants it. */
export function formed(values: Values, label: string, der: string): string {
  return formOf(values, 'outform') === 'DER' ? der : writePem(label, der);
}

export function certificateIn(text: string, from: string, form = 'PEM'): Certificate {
  const der = form === 'DER' ? text : firstPem(text, 'CERTIFICATE', 'TRUSTED CERTIFICATE', 'X509 CERTIFICATE');
  const found = der === undefined ? undefined : certificateOf(der);
  if (found === undefined) throw new ToolError(`Could not find certificate from ${from}\nUnable to load certificate`);
  return found;
}

export function keyFrom(around: Surroundings, file: string): PrivateKey {
  const key = readPrivateKey(around.read(file));
  if (key === undefined) throw new ToolError(`Could not find private key from ${file}`);
  return key;
}

/** The files of a process, its output, and what it has read from standard input. */
export function machineOf(
  tool: Tool,
  input: string,
): Pick<Surroundings, 'read' | 'write' | 'input' | 'out' | 'complain'> {
  const { files, stdout, stderr } = tool.process;
  const disk = <T>(name: string, use: (path: string) => T): T => {
    try {
      return use(tool.path(name));
    } catch (error) {
      if (error instanceof FileError) throw new ToolError(`Can't open "${name}": ${error.message}`);
      throw error;
    }
  };
  return {
    read: (name) => disk(name, (path) => (name === '/dev/stdin' ? input : files.read(path))),
    write: (name, text, mode) => disk(name, (path) => files.write(path, text, mode === undefined ? {} : { mode })),
    input,
    out: (text) => void stdout.write(text),
    complain: (text) => void stderr.write(text),
  };
}
