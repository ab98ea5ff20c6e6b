/** The shapes of `scheduler-shapes.ts` as a table: `npx node bench/scheduler.ts [shape …]`. */
import { runShape, shapes } from './scheduler-shapes.ts';

const asked = process.argv.slice(2).filter((text) => !text.startsWith('--'));
// On a machine that others use too, the processor's time tells more than the clock.
console.log('shape                nodes    pods      ms   pods/s  cpu ms  pods/cpu-s  upstream asks');
for (const shape of shapes) {
  if (asked.length > 0 && !asked.some((name) => shape.name.startsWith(name))) continue;
  const { milliseconds, cpu, bound } = runShape(shape);
  const columns = [
    shape.name.padEnd(18),
    String(shape.nodes).padStart(7),
    String(bound).padStart(7),
    milliseconds.toFixed(0).padStart(7),
    ((bound / milliseconds) * 1000).toFixed(0).padStart(8),
    cpu.toFixed(0).padStart(7),
    ((bound / cpu) * 1000).toFixed(0).padStart(11),
    shape.threshold === 0 ? '' : String(shape.threshold).padStart(14),
  ];
  console.log(columns.join(' '));
}
