import type { CelCompiler } from '../apiserver/custom-resources/cel.ts';
import type { CertificateAuthority } from '../controllers/controller.ts';
import { provideSystemFiles } from '../node/runtime/system-mounts.ts';
import { hasLateFunctions, missedLateFunction } from './late-functions.ts';

/** The part of the simulator that may come later: see `program-pack.ts`. */
export type ProgramPack = typeof import('./program-pack.ts');

let provided: ProgramPack | undefined;
/** What was asked for first before it was there. */
let missed: string | undefined;

/** Hands the pack to all clusters of this process, once and for good. */
export function providePrograms(pack: ProgramPack): void {
  provided = pack;
}

/**
 * The pack. Throws where the host has not loaded it: such a cluster is spoilt, and its host makes it again with the pack (see
 * `missedParts`). So the pack's presence never changes what a cluster does, only whether it can go on.
 */
export function programPack(): ProgramPack {
  if (provided !== undefined) return provided;
  missed ??= 'programs';
  throw new Error('the programs of containers have not been loaded: import sim-core/host/programs.ts');
}

provideSystemFiles(() => programPack().systemFiles);

let cel: CelCompiler | undefined;

/** Hands the compiler of CEL to all clusters of this process, once and for good. It comes with the programs. */
export function provideCel(compiler: CelCompiler): void {
  cel = compiler;
}

/** The compiler of CEL. Where it has not been loaded, that counts as missed, as with programs. */
export function celPack(): CelCompiler | undefined {
  if (cel === undefined) missed ??= 'CEL';
  return cel;
}

let authority: CertificateAuthority | undefined;

/** Hands the certificate authority to all clusters of this process, once and for good. It comes with the programs. */
export function provideAuthority(provided: CertificateAuthority): void {
  authority = provided;
}

/** What issues certificates. Where it has not been loaded, that counts as missed, as with programs. */
export function authorityPack(): CertificateAuthority | undefined {
  if (authority === undefined) missed ??= 'the certificate authority';
  return authority;
}

/** Whether everything is there. */
export function hasEverything(): boolean {
  return provided !== undefined && cel !== undefined && authority !== undefined && hasLateFunctions();
}

/** What was asked for before it was there: undefined, if nothing was. */
export function missedParts(): string | undefined {
  return missed ?? missedLateFunction();
}
