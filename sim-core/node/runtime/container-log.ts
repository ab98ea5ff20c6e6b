import { utf8Length } from '../../api/utf8.ts';
import { formatNanoTime, type Micros } from '../../engine/index.ts';
import type { Space } from '../../images/file-node.ts';
import type { Recurrence, Room } from '../../images/recurrence.ts';
import type { TimedLine } from '../../images/timed-line.ts';
import type { ContainerLog, LogLine } from '../cri/log.ts';
import {
  alone,
  isOnly,
  type LogPiece,
  linesOf,
  MAX_LINE,
  newestOf,
  type Piece,
  type StreamLine,
} from './log-pieces.ts';

/** `2026-01-01T00:00:00.000000000Z stdout F ` and the newline. */
const ENTRY_OVERHEAD = 41;

type Stream = LogLine['stream'];

/** Lines that are written whenever something recurs: how many are owed is known, what they are is written when somebody looks. */
interface Following {
  readonly recurrence: Recurrence;
  lines: readonly StreamLine[];
  /** What all of them take up each time. */
  bytes: number;
  characters: number;
  /** How often they have been written. */
  written: number;
}

/**
 * A container's log in the CRI format. Pieces are kept as they were written and cut into lines when someone reads, so that
 * the same start-up text of a thousand containers is one string.
 */
export class CriLog implements ContainerLog {
  private bytes = 0;
  private pieces: LogPiece[] = [];
  private kept = 0;
  private readonly limit: number;
  private readonly space: Space | undefined;
  private partial: { stdout: string; stderr: string } | undefined;
  private listeners: Set<(line: LogLine) => void> | undefined;
  private following: Following | undefined;

  /** `limit`: the most characters kept in memory; the oldest half goes when there are more. */
  constructor(limit: number, space: Space | undefined) {
    this.limit = limit;
    this.space = space;
  }

  /** Bytes on disk. */
  get size(): number {
    const { following } = this;
    if (following === undefined) return this.bytes;
    return this.bytes + (following.recurrence.count - following.written) * following.bytes;
  }

  write(stream: Stream, text: string, time: Micros): void {
    if (text === '') return;
    this.catchUp();
    const held = this.partial?.[stream] ?? '';
    const all = held + text;
    const end = all.lastIndexOf('\n') + 1;
    if (end < all.length || held !== '') {
      this.partial ??= { stdout: '', stderr: '' };
      this.partial[stream] = all.slice(end);
      // The next line is no longer one of its own.
      this.endFollowing();
    }
    if (end > 0) this.add(stream, end === all.length ? all : all.slice(0, end), time);
    if (all.length - end >= MAX_LINE) this.flush(stream, time);
  }

  /** Writes a line as it is at `time`. */
  writeTimed(stream: Stream, line: TimedLine, time: Micros): void {
    if (!this.isPlain(stream)) {
      this.write(stream, line.at(time), time);
      return;
    }
    this.catchUp();
    if (this.take(line.size.bytes + ENTRY_OVERHEAD)) this.addTimed(stream, line, time);
  }

  /** See `Output.followTimed`. */
  followTimed(stream: Stream, line: TimedLine, recurrence: Recurrence): Room | undefined {
    if (!this.isPlain(stream)) return undefined;
    this.following ??= this.begin(recurrence);
    const { following } = this;
    if (following.recurrence !== recurrence) return undefined;
    const bytes = line.size.bytes + ENTRY_OVERHEAD;
    following.lines = following.lines.concat(alone(stream, line));
    following.bytes += bytes;
    following.characters += line.size.characters;
    return { disk: this.space, bytes };
  }

  /** Writes the lines that are owed. Their room has been taken. */
  catchUp(): void {
    const { following } = this;
    if (following === undefined) return;
    const { recurrence, lines, characters } = following;
    const times = recurrence.timesAfter(following.written);
    if (times.length === 0) return;
    following.written += times.length;
    this.bytes += times.length * following.bytes;
    if (this.kept + times.length * characters <= this.limit) {
      this.append({ lines, times, own: undefined, forgotten: 0 });
      this.kept += times.length * characters;
      return;
    }
    // Somewhere among these lines the oldest are forgotten: it shows where.
    for (const time of times) for (const { stream, line } of lines) this.addTimed(stream, line, time);
  }

  leave(): void {
    this.catchUp();
    this.following = undefined;
  }

  /** From now on each line is written by itself. */
  endFollowing(): void {
    this.following?.recurrence.end();
  }

  /** The writer is gone: a line without its newline is written as it is. */
  end(time: Micros): void {
    this.endFollowing();
    this.flush('stdout', time);
    this.flush('stderr', time);
  }

  lines(): readonly LogLine[] {
    this.catchUp();
    return this.pieces.flatMap(linesOf);
  }

  subscribe(listener: (line: LogLine) => void): () => void {
    this.endFollowing();
    this.listeners ??= new Set();
    this.listeners.add(listener);
    return () => this.listeners?.delete(listener);
  }

  /** Starts a new file; the old one was moved away and still takes up disk. */
  rotate(): void {
    this.catchUp();
    this.pieces = [];
    this.kept = 0;
  }

  /** The log's files are deleted. */
  remove(): void {
    this.endFollowing();
    this.space?.take(-this.bytes, 0);
    this.bytes = 0;
    this.rotate();
  }

  /** Whether a whole line can be written as one that is kept once: nobody reads along, and none is under way. */
  private isPlain(stream: Stream): boolean {
    return (this.partial?.[stream] ?? '') === '' && (this.listeners?.size ?? 0) === 0;
  }

  private begin(recurrence: Recurrence): Following {
    recurrence.followedBy(this);
    return { recurrence, lines: [], bytes: 0, characters: 0, written: recurrence.count };
  }

  private addTimed(stream: Stream, line: TimedLine, time: Micros): void {
    const last = this.pieces.at(-1);
    if (last !== undefined && 'own' in last && last.own !== undefined && isOnly(last.lines, stream, line))
      last.own.push(time);
    else {
      const own = [time];
      this.append({ lines: alone(stream, line), times: own, own, forgotten: 0 });
    }
    this.keep(line.size.characters);
  }

  private flush(stream: Stream, time: Micros): void {
    const text = this.partial?.[stream] ?? '';
    if (this.partial === undefined || text === '') return;
    this.partial[stream] = '';
    this.add(stream, text, time);
  }

  private add(stream: Stream, text: string, time: Micros): void {
    let lines = text.endsWith('\n') ? 0 : 1;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
    if (!this.take(utf8Length(text) + lines * ENTRY_OVERHEAD)) return;
    const piece: Piece = { time, stream, text };
    this.append(piece);
    this.keep(text.length);
    if (this.listeners !== undefined && this.listeners.size > 0) {
      for (const line of linesOf(piece)) for (const listener of this.listeners) listener(line);
    }
  }

  /** Takes up disk. Answers whether there was room: a full disk loses what is logged. */
  private take(bytes: number): boolean {
    if (this.space !== undefined && this.space.used + bytes > this.space.limit) return false;
    this.space?.take(bytes, 0);
    this.bytes += bytes;
    return true;
  }

  private append(piece: LogPiece): void {
    // An array that grows keeps room for many more: most containers write a few pieces and no more.
    if (this.pieces.length < 4) this.pieces = this.pieces.concat([piece]);
    else this.pieces.push(piece);
  }

  private keep(characters: number): void {
    this.kept += characters;
    if (this.kept > this.limit)
      ({ pieces: this.pieces, kept: this.kept } = newestOf(this.pieces, this.kept, this.limit / 2));
  }
}

/** A line as it stands in the file on the node: `2026-01-01T00:00:00.000000000Z stdout F hello`. */
export function formatLogLine(line: LogLine): string {
  return `${formatNanoTime(line.time)} ${line.stream} ${line.tag} ${line.text}`;
}
