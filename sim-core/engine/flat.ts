/**
 * A text in one piece. What is put together of parts stays a tree of them until somebody looks into it, which takes up two or three times as
 * much; a text that is kept by the thousand and seldom looked at is made one before.
 */
export function flat(text: string): string {
  // Looking at one letter is looking into it. The result must depend on the letter, or V8's compiler leaves the look out.
  return text.charCodeAt(0) === 0 ? `\0${text.slice(1)}` : text;
}
