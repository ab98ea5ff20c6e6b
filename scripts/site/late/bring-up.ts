/** Brings clusters up as a page does, and writes to standard output which code has run (a `Profile`). A process of its own: see profile.ts. */
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { bringUp } = await import('./first-minutes.ts');
bringUp();
const { result } = await session.post('Profiler.takePreciseCoverage');
const places: Record<string, number[]> = {};
for (const { url, functions } of result) {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) continue;
  places[fileURLToPath(url)] = ranOf(functions.flatMap(({ ranges }) => ranges));
}
process.stdout.write(JSON.stringify(places));

/** Ranges lie within one another: the innermost says whether a place has run. */
function ranOf(ranges: { startOffset: number; endOffset: number; count: number }[]): number[] {
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  const ran = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)));
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  const found: number[] = [];
  for (let at = 0; at <= ran.length; at++) if ((ran[at] ?? 0) !== (ran[at - 1] ?? 0)) found.push(at);
  return found;
}
