import { FileError, type Program } from '../../process.ts';
import { applet } from './tool.ts';

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
