import type { Micros } from '../../engine/index.ts';
import type { TimedLine } from '../../images/timed-line.ts';
import type { LogLine } from '../cri/log.ts';

/** Longest line of one entry; what is longer is split and tagged `P`, as containerd's max_container_log_line_size. */
export const MAX_LINE = 16_384;

/** What a program wrote at one instant: whole lines, or the part of a line that was cut off at the end. */
export interface Piece {
  readonly time: Micros;
  readonly stream: LogLine['stream'];
  readonly text: string;
}

/** A line that recurs, and where it is written. */
export interface StreamLine {
  readonly stream: LogLine['stream'];
  readonly line: TimedLine;
}

/** Lines that a program wrote again and again, with nothing else between: all of them at each of the times. */
export interface Run {
  readonly lines: readonly StreamLine[];
  /** Whoever has `own` times may add to them. */
  readonly times: readonly Micros[];
  readonly own: Micros[] | undefined;
  /** How many lines of the first times are forgotten. */
  readonly forgotten: number;
}

export type LogPiece = Piece | Run;

/** Lists of one line of stdout: many containers write the same one. */
const ofStdout = new WeakMap<TimedLine, readonly StreamLine[]>();

/** That line, as a list: the same list for all who ask for it. */
export function alone(stream: LogLine['stream'], line: TimedLine): readonly StreamLine[] {
  if (stream !== 'stdout') return [{ stream, line }];
  const known = ofStdout.get(line) ?? [{ stream, line }];
  ofStdout.set(line, known);
  return known;
}

export function isOnly(lines: readonly StreamLine[], stream: LogLine['stream'], line: TimedLine): boolean {
  return lines.length === 1 && lines[0]!.line === line && lines[0]!.stream === stream;
}

/** A piece as the lines of the log that it is. */
export function linesOf(piece: LogPiece): LogLine[] {
  if ('lines' in piece) {
    const all = piece.times.flatMap((time) =>
      piece.lines.map(({ stream, line }): LogLine => ({ time, stream, tag: 'F', text: line.at(time).slice(0, -1) })),
    );
    return piece.forgotten > 0 ? all.slice(piece.forgotten) : all;
  }
  const { time, stream, text } = piece;
  const lines: LogLine[] = [];
  const complete = text.endsWith('\n');
  const parts = (complete ? text.slice(0, -1) : text).split('\n');
  for (const [index, part] of parts.entries()) {
    let rest = part;
    while (rest.length > MAX_LINE) {
      lines.push({ time, stream, tag: 'P', text: rest.slice(0, MAX_LINE) });
      rest = rest.slice(MAX_LINE);
    }
    lines.push({ time, stream, tag: complete || index < parts.length - 1 ? 'F' : 'P', text: rest });
  }
  return lines;
}

/**
 * What is left of pieces, the oldest first, that have `kept` characters, when the oldest lines are forgotten until at most `most` characters
 * are left. What was written last stays.
 */
export function newestOf(
  pieces: readonly LogPiece[],
  kept: number,
  most: number,
): { readonly pieces: LogPiece[]; readonly kept: number } {
  let left = kept;
  for (const [index, piece] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    if (left <= most || (isLast && 'text' in piece)) return { pieces: pieces.slice(index), kept: left };
    if ('text' in piece) {
      left -= piece.text.length;
      continue;
    }
    const { lines, times, own, forgotten } = piece;
    const all = lines.length * times.length;
    const end = isLast ? all - 1 : all;
    let drop = forgotten;
    for (; left > most && drop < end; drop++) left -= lines[drop % lines.length]!.line.size.characters;
    if (drop === all) continue;
    const gone = Math.floor(drop / lines.length);
    const later = times.slice(gone);
    const rest = { lines, times: later, own: own && later, forgotten: drop - gone * lines.length };
    return { pieces: [rest, ...pieces.slice(index + 1)], kept: left };
  }
  return { pieces: [], kept: left };
}
