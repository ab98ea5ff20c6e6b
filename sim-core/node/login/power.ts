import { formatDate } from '../../engine/format-date.ts';
import { SECOND, type Timer } from '../../engine/index.ts';
import type { Program } from '../../images/process.ts';
import { applet, type Tool, ToolError } from '../../images/shell/applets/tool.ts';
import type { NodeMachine } from '../node.ts';

/** How long the system needs to stop its services. */
const STOPPING = 2 * SECOND;

export type PowerVerb = 'reboot' | 'poweroff';

/** Stops the machine, or starts it anew: `systemctl reboot`, `poweroff`. Who is logged in loses the connection. */
export function changePower(node: NodeMachine, verb: PowerVerb): void {
  const { bootedAt } = node;
  node.runtime.engine.after(STOPPING, () => {
    if (node.bootedAt !== bootedAt) return;
    node.shutDown(() => {
      if (node.bootedAt !== bootedAt) return;
      if (verb === 'reboot') node.reboot();
      else node.powerOff();
    });
  });
}

/** The commands `reboot`, `poweroff`, `halt` and `shutdown` of a node. */
export function powerPrograms(node: NodeMachine): Readonly<Record<string, Program>> {
  const now = (verb: PowerVerb) =>
    applet(() => {
      changePower(node, verb);
      return 0;
    });
  const { engine } = node.runtime;
  let scheduled: Timer | undefined;
  const shutdown = (tool: Tool) => {
    const { options, operands } = tool.parse('hPHrkc', { reboot: 'r', poweroff: 'P', halt: 'H' });
    engine.cancel(scheduled);
    scheduled = undefined;
    if (options.has('c')) return 0;
    const [when = '+1'] = operands;
    const minutes = when === 'now' ? 0 : Number(/^\+(\d+)$/.exec(when)?.[1] ?? Number.NaN);
    if (Number.isNaN(minutes)) throw new ToolError(`Failed to parse time specification: ${when}`);
    const verb = options.has('r') ? 'reboot' : 'poweroff';
    if (minutes === 0) {
      changePower(node, verb);
      return 0;
    }
    const at = engine.now + minutes * 60 * SECOND;
    const name = verb === 'reboot' ? 'Reboot' : 'Shutdown';
    tool.process.stderr.write(
      `${name} scheduled for ${formatDate('%a %Y-%m-%d %T UTC', at)}, use 'shutdown -c' to cancel.\n`,
    );
    const { bootedAt } = node;
    scheduled = engine.background(at - engine.now, () => {
      // What was planned before the power went is forgotten.
      if (node.bootedAt === bootedAt) changePower(node, verb);
    });
    return 0;
  };
  return { reboot: now('reboot'), poweroff: now('poweroff'), halt: now('poweroff'), shutdown: applet(shutdown) };
}
