/** The name of a submission's file: no letters that a file system or an LMS could stumble over, but Hangul is fine. */
export function fileName(exercise: string, student: string, isPacked = false): string {
  const clean = (text: string) => text.normalize('NFC').replace(/[^\p{L}\p{N}_-]+/gu, '-');
  return `${clean(exercise)}_${clean(student)}.jotasu.json${isPacked ? '.gz' : ''}`;
}

/** Hands a text or bytes to the browser to be saved. */
export function saveFile(name: string, content: string | Uint8Array<ArrayBuffer>): void {
  const type = name.endsWith('.gz') ? 'application/gzip' : 'application/json';
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
