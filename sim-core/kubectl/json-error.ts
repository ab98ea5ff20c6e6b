const isSpace = (character: string): boolean => /[ \t\r\n]/.test(character);

/** Finds where a text stops being JSON, in the words of Go's decoder; undefined for what is JSON. */
class JsonScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  check(): string | undefined {
    return this.#value(0, 'looking for beginning of value');
  }

  #skip(): string {
    while (isSpace(this.#text[this.#at] ?? '')) this.#at++;
    return this.#text[this.#at] ?? '';
  }

  #unexpected(where: string): string {
    const character = this.#text[this.#at];
    if (character === undefined) return 'unexpected EOF';
    const shown = character === "'" ? "'\\''" : `'${character}'`;
    return `json: offset ${this.#at + 1}: invalid character ${shown} ${where}`;
  }

  #value(depth: number, where: string): string | undefined {
    const character = this.#skip();
    if (depth > 200) return undefined;
    if (character === '{') return this.#object(depth);
    if (character === '[') return this.#array(depth);
    const rest = this.#text.slice(this.#at);
    const scalar = /^(?:"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)/.exec(rest)?.[0];
    if (scalar === undefined) {
      if (character === '"') this.#at = this.#text.length;
      return this.#unexpected(where);
    }
    this.#at += scalar.length;
    return undefined;
  }

  #object(depth: number): string | undefined {
    this.#at++;
    if (this.#skip() === '}') {
      this.#at++;
      return undefined;
    }
    for (;;) {
      if (this.#skip() !== '"') return this.#unexpected('looking for beginning of object key string');
      const key = this.#value(depth + 1, '');
      if (key !== undefined) return key;
      if (this.#skip() !== ':') return this.#unexpected('after object key');
      this.#at++;
      const value = this.#value(depth + 1, 'looking for beginning of value');
      if (value !== undefined) return value;
      const next = this.#skip();
      if (next !== ',' && next !== '}') return this.#unexpected('after object key:value pair');
      this.#at++;
      if (next === '}') return undefined;
    }
  }

  #array(depth: number): string | undefined {
    this.#at++;
    if (this.#skip() === ']') {
      this.#at++;
      return undefined;
    }
    for (;;) {
      const value = this.#value(depth + 1, 'looking for beginning of value');
      if (value !== undefined) return value;
      const next = this.#skip();
      if (next !== ',' && next !== ']') return this.#unexpected('after array element');
      this.#at++;
      if (next === ']') return undefined;
    }
  }
}

/** What Go's decoder says of a text that begins as JSON and is none; undefined for JSON. */
export function goJsonMessage(text: string): string | undefined {
  return new JsonScanner(text).check();
}
