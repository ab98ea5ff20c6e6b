/** So long after a key, in ms, pictures stand still: the two frames in which its letter is drawn. */
const ECHO = 32;

let pressed = Number.NEGATIVE_INFINITY;
globalThis.addEventListener?.('keydown', () => (pressed = performance.now()), { capture: true, passive: true });

/** Whether someone is typing at that moment (of `performance.now()`): the letter comes before what moves beside it. */
export const isTyping = (now: number): boolean => now - pressed < ECHO;
