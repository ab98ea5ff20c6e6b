import type { Command } from '../command.ts';
import { KubectlError, usageError } from '../errors.ts';

const SHELLS = ['bash', 'fish', 'powershell', 'zsh'];

/** A bash script that asks kubectl itself what fits: `kubectl __complete` answers one candidate a line. */
const BASH = `# bash completion for kubectl
__start_kubectl() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  local current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(compgen -W "$(kubectl __complete "\${words[@]}" "$current" 2>/dev/null | grep -v '^:' | cut -f1)" -- "$current"))
}
complete -o default -F __start_kubectl kubectl
`;

export const command: Command = {
  name: 'completion',
  use: 'completion SHELL',
  short: 'Print a completion script',
  long: 'Print a script that completes kubectl commands. The terminal of this page completes them without one.',
  flags: [],
  async run(context) {
    const [shell, ...more] = context.args;
    if (shell === undefined) throw usageError(context.path, 'Shell not specified.');
    if (more.length > 0) throw usageError(context.path, 'Too many arguments. Expected only the shell type.');
    if (!SHELLS.includes(shell)) throw usageError(context.path, `Unsupported shell type ${JSON.stringify(shell)}.`);
    if (shell !== 'bash') throw new KubectlError(`completion for ${shell} is not available here; bash is`);
    context.out(BASH);
    return 0;
  },
};
