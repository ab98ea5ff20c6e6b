/** All lengths are in the picture's own units, one CSS pixel each when it is drawn at its natural size. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Room for words, by their letters: good enough for boxes that clip. */
export function textWidth(text: string, size: number, weight: 'regular' | 'bold' = 'regular'): number {
  let width = 0;
  const each = weight === 'bold' ? 0.67 : 0.56;
  for (const letter of text) width += letter.charCodeAt(0) > 0x2e7f ? size : size * each;
  return width;
}

export const round = (value: number): number => Math.round(value * 10) / 10;

/** The points of a line up to `part` (0–1) of its length. */
export function lineUpTo(points: readonly Point[], part: number): Point[] {
  const lengths = points
    .slice(1)
    .map((point, index) => Math.hypot(point.x - points[index]!.x, point.y - points[index]!.y));
  let left = lengths.reduce((sum, length) => sum + length, 0) * Math.min(1, Math.max(0, part));
  const passed: Point[] = points.slice(0, 1);
  for (const [index, length] of lengths.entries()) {
    if (left <= length) break;
    left -= length;
    passed.push(points[index + 1]!);
  }
  return [...passed, pointAlong(points, part)];
}

/** The point at `part` (0–1) of a line of points, by length. */
export function pointAlong(points: readonly Point[], part: number): Point {
  const lengths = points
    .slice(1)
    .map((point, index) => Math.hypot(point.x - points[index]!.x, point.y - points[index]!.y));
  let left = lengths.reduce((sum, length) => sum + length, 0) * Math.min(1, Math.max(0, part));
  for (const [index, length] of lengths.entries()) {
    if (left <= length && length > 0) {
      const [a, b] = [points[index]!, points[index + 1]!];
      return { x: a.x + ((b.x - a.x) * left) / length, y: a.y + ((b.y - a.y) * left) / length };
    }
    left -= length;
  }
  return points.at(-1)!;
}

/** A rounded seven-sided tile about the origin, point up, as the `d` of a path. */
export function tilePath(r: number): string {
  const corners = Array.from({ length: 7 }, (_, index) => {
    const angle = (index / 7) * 2 * Math.PI - Math.PI / 2;
    return { x: r * Math.cos(angle), y: r * Math.sin(angle) };
  });
  const between = (a: Point, b: Point, part: number) =>
    `${round(a.x + (b.x - a.x) * part)} ${round(a.y + (b.y - a.y) * part)}`;
  const turns = corners.map((corner, index) => {
    const before = corners[(index + 6) % 7]!;
    const after = corners[(index + 1) % 7]!;
    return `${index === 0 ? 'M' : 'L'}${between(corner, before, 0.2)}Q${round(corner.x)} ${round(corner.y)} ${between(corner, after, 0.2)}`;
  });
  return `${turns.join('')}Z`;
}
