import { parseDocument } from 'yaml';
import { keysOf } from '../formats/people.ts';
import { readSheet } from '../formats/sheet.ts';

/** Points that somebody decided on, whatever the replay came to. */
export interface Override {
  readonly learner: string;
  readonly exercise: string;
  readonly points: number;
  readonly reason: string;
}

/** A list of overrides that its author must mend. */
export class OverrideError extends Error {
  override readonly name = 'OverrideError';
}

const COLUMNS = {
  learner: ['learner', 'id', '학번'],
  exercise: ['exercise', '실습'],
  points: ['points', '점수'],
  reason: ['reason', '사유'],
};

/**
 * Reads overrides: a table with the columns learner, exercise, points and reason (학번, 실습, 점수, 사유), or YAML with a list of the same. Each needs
 * a reason. Throws an OverrideError, or a SheetError.
 */
export function readOverrides(bytes: Uint8Array, name: string): Override[] {
  const rows = /\.(ya?ml|json)$/i.test(name) ? rowsOfYaml(bytes, name) : rowsOfTable(bytes, name);
  return rows.map(({ learner = '', exercise = '', points = '', reason = '' }, index) => {
    const at = `${name}: override ${index + 1}`;
    if (learner === '') throw new OverrideError(`${at} names no learner`);
    if (exercise === '') throw new OverrideError(`${at} (${learner}) names no exercise`);
    if (!/^\d+(\.\d+)?$/.test(points))
      throw new OverrideError(`${at} (${learner}): "${points}" is no number of points`);
    if (reason === '') throw new OverrideError(`${at} (${learner}) has no reason; it is shown to the learner`);
    return { learner, exercise, points: Number(points), reason };
  });
}

/** The override for a learner, by any of their ids. The last one that is listed counts. */
export function overrideFor(
  overrides: readonly Override[],
  ids: readonly (string | undefined)[],
  exercise: string | undefined,
): Override | undefined {
  const keys = new Set(ids.flatMap((id) => (id === undefined ? [] : keysOf(id).slice(0, 2))));
  return overrides.findLast(
    (each) =>
      each.exercise === exercise &&
      keysOf(each.learner)
        .slice(0, 2)
        .some((key) => key !== '' && keys.has(key)),
  );
}

type Row = Readonly<Record<keyof typeof COLUMNS, string>>;

function rowsOfTable(bytes: Uint8Array, name: string): Partial<Row>[] {
  const [titles = [], ...rows] = readSheet(bytes).rows.map((cells) => cells.map(({ text }) => text.trim()));
  const column = (key: keyof typeof COLUMNS) => {
    const found = titles.findIndex((title) => COLUMNS[key].includes(title.toLowerCase()));
    if (found < 0) throw new OverrideError(`${name}: there is no column "${key}"; there are: ${titles.join(', ')}`);
    return found;
  };
  const at = {
    learner: column('learner'),
    exercise: column('exercise'),
    points: column('points'),
    reason: column('reason'),
  };
  return rows
    .filter((cells) => cells.some((cell) => cell !== ''))
    .map((cells) => ({
      learner: cells[at.learner],
      exercise: cells[at.exercise],
      points: cells[at.points],
      reason: cells[at.reason],
    }));
}

function rowsOfYaml(bytes: Uint8Array, name: string): Partial<Row>[] {
  const document = parseDocument(new TextDecoder().decode(bytes));
  const [fault] = document.errors;
  if (fault !== undefined) throw new OverrideError(`${name}: ${fault.message}`);
  const list: unknown = document.toJS({ maxAliasCount: 50 });
  if (!Array.isArray(list)) throw new OverrideError(`${name}: it is no list of overrides`);
  return list.map((each: unknown) => {
    const fields = typeof each === 'object' && each !== null ? (each as Record<string, unknown>) : {};
    const said = (key: string) => {
      const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
      return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : undefined;
    };
    return { learner: said('learner'), exercise: said('exercise'), points: said('points'), reason: said('reason') };
  });
}
