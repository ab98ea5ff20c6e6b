import type { Coroutine } from '../../engine/index.ts';
import { NetworkError, type Program } from '../../images/process.ts';
import { applet, ToolError } from '../../images/shell/applets/tool.ts';

/** Exit code for what is not to be found. */
const NOT_FOUND = 2;

/** `getent hosts|ahosts|passwd|group NAME…`: asks as programs ask, through the C library. */
export const getent: Program = applet(function* (tool): Coroutine<number> {
  const [database, ...keys] = tool.args;
  if (database === undefined) throw new ToolError('wrong number of arguments');
  if (/^a?hosts(v4)?$/.test(database)) {
    let code = 0;
    for (const key of keys) {
      try {
        const addresses = yield* tool.process.network.resolve(key);
        for (const address of addresses)
          if (database === 'hosts') tool.out(`${address.padEnd(15)} ${key}\n`);
          else
            for (const kind of ['STREAM', 'DGRAM ', 'RAW   '])
              tool.out(`${address.padEnd(15)} ${kind} ${kind === 'STREAM' ? key : ''}\n`);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        code = NOT_FOUND;
      }
    }
    return code;
  }
  if (database !== 'passwd' && database !== 'group') throw new ToolError(`Unknown database: ${database}`);
  const lines = tool.process.files.read(`/etc/${database}`).split('\n');
  let code = 0;
  for (const line of keys.length === 0 ? lines.filter((one) => one !== '') : []) tool.out(`${line}\n`);
  for (const key of keys) {
    const found = lines.find((line) => line.split(':')[0] === key || line.split(':')[2] === key);
    if (found === undefined) code = NOT_FOUND;
    else tool.out(`${found}\n`);
  }
  return code;
});
