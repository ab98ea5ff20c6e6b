/** What a process is called (`comm`): the last part of its program's path, or what it calls itself before a colon. */
export function commandName(argv: readonly string[]): string {
  const path = (argv[0] ?? '').replace(/:.*/s, '');
  return path.slice(path.lastIndexOf('/') + 1).slice(0, 15);
}
