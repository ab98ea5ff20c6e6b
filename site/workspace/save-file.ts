/** The name of a submission's file: no letters that a file system or an LMS could stumble over, but Hangul is fine. */
export function fileName(exercise: string, student: string): string {
  const clean = (text: string) => text.normalize('NFC').replace(/[^\p{L}\p{N}_-]+/gu, '-');
  return `${clean(exercise)}_${clean(student)}.jotasu.json`;
}

/** Hands a text to the browser to be saved. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
