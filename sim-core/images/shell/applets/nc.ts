import { type Coroutine, SECOND } from '../../../engine/index.ts';
import { TextOutput } from '../../pipe.ts';
import { NetworkError } from '../../process.ts';
import { type Tool, ToolError } from './tool.ts';

export function errnoText(error: NetworkError): string {
  const texts: Partial<Record<NetworkError['code'], string>> = {
    ECONNREFUSED: 'Connection refused',
    ETIMEDOUT: 'Operation timed out',
    EHOSTUNREACH: 'Host is unreachable',
    ENETUNREACH: 'Network is unreachable',
    ECONNRESET: 'Connection reset by peer',
  };
  return texts[error.code] ?? error.message;
}

export function* nc(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('zvw:lp:nkeu');
  if (options.has('u')) throw new ToolError("UDP is not supported by sim-core's nc");
  if (options.has('l')) return yield* listen(tool, Number(options.get('p') ?? operands.at(-1)), options.has('k'));
  const [host, port] = operands;
  if (host === undefined || port === undefined)
    throw new ToolError('usage: nc [-zv] [-w SECONDS] HOST PORT, or nc -l -p PORT');
  const wait = options.get('w');
  try {
    const connection = yield* tool.process.network.connect(
      host,
      Number(port),
      wait === undefined ? undefined : Number(wait) * SECOND,
    );
    if (options.has('v')) tool.process.stderr.write(`${host} (${connection.remoteAddress}:${port}) open\n`);
    if (options.has('z')) {
      connection.close();
      return 0;
    }
    const input = tool.process.stdin;
    tool.process.spawn({
      argv: tool.process.argv,
      program: function* sender() {
        for (let text = yield* input.read(); text !== undefined; text = yield* input.read()) connection.write(text);
        return 0;
      },
    });
    for (let text = yield* connection.read(); text !== undefined; text = yield* connection.read())
      yield* tool.send(text);
    connection.close();
    return 0;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.code === 'ENOTFOUND') throw new ToolError(`bad address '${host}'`);
    if (options.has('z') && !options.has('v')) return 1;
    throw new ToolError(`${host} (${host}:${port}): ${errnoText(error)}`);
  }
}

function* listen(tool: Tool, port: number, again: boolean): Coroutine<number> {
  const { process } = tool;
  let busy = 0;
  let served = 0;
  const output = new TextOutput();
  const listener = process.network.listen(port, function* serve(connection) {
    busy++;
    served++;
    try {
      for (let text = yield* connection.read(); text !== undefined; text = yield* connection.read())
        process.stdout.write(text);
    } finally {
      busy--;
      connection.close();
    }
  });
  try {
    while (again || served === 0 || busy > 0) yield* process.compute(0.1 * SECOND);
  } finally {
    listener.close();
  }
  tool.out(output.text);
  return 0;
}
