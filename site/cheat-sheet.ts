/** A module on one page: lessons/<module>/cheat-sheet.yaml. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Language } from './course.ts';

export interface SheetGroup {
  readonly title: Readonly<Record<Language, string>>;
  /** `say`: a command, a field or a message; the rest is what it is for. */
  readonly rows: readonly ({ readonly say: string } & Readonly<Record<Language, string>>)[];
}

/** Undefined: the module has none. */
export function cheatSheet(module: string, folder = 'lessons'): readonly SheetGroup[] | undefined {
  const file = `${folder}/${module}/cheat-sheet.yaml`;
  return existsSync(file) ? (parse(readFileSync(file, 'utf8')) as SheetGroup[]) : undefined;
}
