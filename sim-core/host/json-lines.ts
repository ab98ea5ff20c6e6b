/**
 * Messages as lines of text, for doors that are a process's input and output: one JSON document a line, after a mark that nothing else
 * prints (RFC 7464's record separator). What a process says besides, warnings for instance, cannot be taken for a message. Lines are plain
 * ASCII: a chunk that ends within a letter of Korean breaks nothing.
 */
const MARK = '\u001e';

/** A message as a line, with its end. */
export function toLine(message: object): string {
  // What JSON.stringify leaves as it is and needs more than a byte, or ends a line for some readers.
  const ascii = JSON.stringify(message).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${MARK}${ascii}\n`;
}

/** Puts chunks together to lines, and tells messages from all else. */
export class LineReader<Message> {
  private rest: string[] = [];
  private readonly take: (message: Message) => void;
  private readonly other: (line: string) => void;

  /** `other` hears of lines that are no messages, without their end. */
  constructor(take: (message: Message) => void, other: (line: string) => void = () => {}) {
    this.take = take;
    this.other = other;
  }

  push(chunk: string): void {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      this.line([...this.rest, chunk.slice(from, end)].join(''));
      this.rest = [];
      from = end + 1;
    }
    if (from < chunk.length) this.rest.push(chunk.slice(from));
  }

  private line(line: string): void {
    const at = line.indexOf(MARK);
    if (at < 0) {
      if (line.trim() !== '') this.other(line);
      return;
    }
    let message: Message;
    try {
      message = JSON.parse(line.slice(at + 1)) as Message;
    } catch {
      this.other(line);
      return;
    }
    this.take(message);
  }
}
