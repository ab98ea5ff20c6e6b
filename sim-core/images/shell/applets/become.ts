import type { Program } from '../../process.ts';
import { FileError } from '../../process.ts';
import { applet, type Tool } from './tool.ts';

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

/** `sudo`: whoever works on these machines is root already. */
export const sudo: Program = applet(function* run(tool) {
  const first = tool.args.findIndex((arg) => !/^-[EHnS]+$/.test(arg));
  const words = first < 0 ? [] : tool.args.slice(first);
  const argv = words.length === 0 || /^(-[is]|su)$/.test(words[0]!) ? ['bash'] : words;
  try {
    return yield* tool.process.exec({ argv });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    tool.complain(`${argv[0]}: command not found`);
    return 1;
  }
});
