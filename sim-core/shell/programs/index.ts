import type { Coroutine } from '../../engine/index.ts';
import type { Program } from '../../images/process.ts';
import { APPLETS, CURL, JQ } from '../../images/shell/applets/index.ts';
import { sudo } from '../../images/shell/applets/sudo.ts';
import { applet } from '../../images/shell/applets/tool.ts';
import { yq } from '../../images/shell/jq/yq.ts';
import { sh } from '../../images/shell/sh.ts';
import type { LearnerComputer } from '../computer.ts';
import { editorProgram } from './editor.ts';
import { kubectlProgram } from './kubectl.ts';
import { opensslProgram } from './openssl.ts';
import { pagerProgram } from './pager.ts';
import { networkTool, sshProgram } from './remote.ts';

/** Tools that look at the network: they run where the learner's computer stands in the simulated one. */
const NETWORK_TOOLS = ['ping', 'traceroute', 'nslookup', 'dig', 'nc', 'ip', 'ss'];
const EDITORS = ['vi', 'vim', 'nano', 'code'];

/** All programs of the learner's computer, by name. */
export function learnerPrograms(computer: LearnerComputer): Readonly<Record<string, Program>> {
  const named = (names: readonly string[], program: Program) =>
    Object.fromEntries(names.map((name) => [name, program]));
  return {
    ...APPLETS,
    ...named(NETWORK_TOOLS, networkTool(computer)),
    ...named(EDITORS, editorProgram(computer)),
    ...named(['less', 'more'], pagerProgram(computer)),
    clear: (process) => print(process, '\x1b[H\x1b[2J\x1b[3J'),
    curl: CURL,
    jq: JQ,
    yq: applet(yq),
    sh: sh('bash'),
    bash: sh('bash'),
    kubectl: kubectlProgram(computer),
    openssl: opensslProgram(computer),
    ssh: sshProgram(computer),
    sudo,
    help: (process) => print(process, computer.host.help),
    history: (process) =>
      print(process, computer.history.map((line, index) => `${String(index + 1).padStart(5)}  ${line}\n`).join('')),
  };
}

function* print(process: Parameters<Program>[0], text: string): Coroutine<number> {
  yield* [];
  process.stdout.write(text);
  return 0;
}
