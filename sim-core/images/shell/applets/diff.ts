import { unifiedHunks } from '../../../api/unified-diff.ts';
import type { Coroutine } from '../../../engine/index.ts';
import { FileError } from '../../process.ts';
import { type Tool, ToolError } from './tool.ts';

/** `diff a b`, in the unified format as busybox's; 0 when they are the same, 1 when not. */
export function* diff(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('uqNrbBwU:', { unified: 'u', brief: 'q' });
  const [left, right] = operands;
  if (left === undefined || right === undefined) throw new ToolError('missing operand', 2);
  const read = function* (name: string) {
    try {
      return yield* tool.content(name);
    } catch (error) {
      if (error instanceof ToolError || error instanceof FileError) throw new ToolError(`can't stat '${name}'`, 2);
      throw error;
    }
  };
  const before = yield* read(left);
  const after = yield* read(right);
  if (before === after) return 0;
  if (options.has('q')) tool.out(`Files ${left} and ${right} differ\n`);
  else tool.out(`--- ${left}\n+++ ${right}\n${unifiedHunks(before, after)}`);
  return 1;
}
