/** In a fresh process: one shape of upstream's scheduler_perf. `scheduling SHAPE`. Prints pods per second of wall time as JSON. */
import { runShape, shapes } from '../scheduler-shapes.ts';

const [, , name] = process.argv;
const shape = shapes.find((one) => one.name === name);
if (shape === undefined) throw new Error(`no shape "${name}"; there are: ${shapes.map((one) => one.name).join(', ')}`);
const { bound, milliseconds } = runShape(shape);
process.stdout.write(JSON.stringify({ perSecond: (bound / milliseconds) * 1000 }));
