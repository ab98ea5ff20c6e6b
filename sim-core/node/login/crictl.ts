import type { Coroutine } from '../../engine/index.ts';
import type { Program } from '../../images/process.ts';
import { applet } from '../../images/shell/applets/tool.ts';
import { CriError } from '../cri/error.ts';
import type { NodeMachine } from '../node.ts';
import { Call, type Command, Fatal } from './crictl/call.ts';
import { CONTAINERS } from './crictl/containers.ts';
import { IMAGES } from './crictl/images.ts';
import { PODS } from './crictl/pods.ts';

const CRICTL_VERSION = 'v1.33.0';

/** crictl: looks at a node's containers past the kubelet, through the CRI. */
export function crictl(node: NodeMachine): Program {
  return applet(function* (tool): Coroutine<number> {
    const args = [...tool.args];
    for (let word = args[0]; word?.startsWith('-'); word = args[0]) {
      if (/^(-v|--version)$/.test(word)) args.splice(0, 1, 'version-of-crictl');
      else if (/^(-h|--help)$/.test(word)) args.splice(0, 1, 'help');
      else args.splice(0, /^(-D|--debug)$|=/.test(word) ? 1 : 2);
    }
    const [name = 'help', ...rest] = args;
    if (name === 'version-of-crictl') {
      tool.out(`crictl version ${CRICTL_VERSION}\n`);
      return 0;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
      if (name !== 'help' && name !== 'h') {
        tool.process.stderr.write(`No help topic for '${name}'\n`);
        return 3;
      }
      tool.out(HELP);
      return 0;
    }
    try {
      return yield* command.run(new Call(tool, node, command.valued ?? '', rest));
    } catch (error) {
      if (!(error instanceof CriError || error instanceof Fatal)) throw error;
      tool.process.stderr.write(`FATA[0000] ${error.message}\n`);
      return 1;
    }
  });
}

function* info(call: Call): Coroutine<number> {
  yield* [];
  const { conditions, runtimeHandlers } = call.node.runtime.status();
  const network = conditions.find(({ type, status }) => type === 'NetworkReady' && !status);
  call.json({
    golang: 'go1.24.2',
    lastCNILoadStatus: network === undefined ? 'OK' : network.message.replace(/^Network plugin returns error: /, ''),
    runtimeHandlers: runtimeHandlers.map((name) => ({ name })),
    status: { conditions },
  });
  return 0;
}

function* version(call: Call): Coroutine<number> {
  yield* [];
  const { version: own, runtimeName, runtimeVersion, runtimeApiVersion } = call.node.runtime.version();
  call.tool.out(
    `Version:  ${own}\nRuntimeName:  ${runtimeName}\nRuntimeVersion:  ${runtimeVersion}\nRuntimeApiVersion:  ${runtimeApiVersion}\n`,
  );
  return 0;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  ...CONTAINERS,
  ...IMAGES,
  ...PODS,
  info: { usage: 'Display information of the container runtime', valued: 'o output template', run: info },
  version: { usage: 'Display runtime version information', run: version },
};

/** As urfave/cli prints it, with what this crictl knows. */
const HELP = `NAME:
   crictl - client for CRI

USAGE:
   crictl [global options] command [command options] [arguments...]

VERSION:
   ${CRICTL_VERSION}

COMMANDS:
${Object.entries(COMMANDS)
  .filter(([name]) => name !== 'image' && name !== 'img')
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, { usage }]) => `   ${(name === 'images' ? 'images, image, img' : name).padEnd(20)}${usage}\n`)
  .join('')}`;
