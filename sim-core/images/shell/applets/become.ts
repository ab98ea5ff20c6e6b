import { FileError } from '../../process.ts';
import type { Tool } from './tool.ts';

/** Goes on as another program. Answers 126 or 127 when it cannot be run. */
export function* become(tool: Tool, argv: readonly string[], variables?: Readonly<Record<string, string>>) {
  try {
    return yield* tool.process.exec({ argv, ...(variables === undefined ? {} : { env: variables }) });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    tool.complain(`can't execute '${argv[0]}': ${error.message}`);
    return error.code === 'ENOENT' ? 127 : 126;
  }
}
