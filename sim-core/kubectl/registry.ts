import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly short: string;
  readonly group: string;
  /** It is in no list. */
  readonly hidden?: boolean;
  load(): Promise<Command>;
}

export const GROUPS = [
  'Basic Commands (Beginner)',
  'Basic Commands (Intermediate)',
  'Deploy Commands',
  'Cluster Management Commands',
  'Troubleshooting and Debugging Commands',
  'Advanced Commands',
  'Settings Commands',
  'Other Commands',
] as const;

const [BEGINNER, INTERMEDIATE, DEPLOY, CLUSTER, TROUBLE, ADVANCED, SETTINGS, OTHER] = GROUPS;

function entry(group: string, name: string, short: string, load: () => Promise<{ command: Command }>): CommandEntry {
  return { name, short, group, load: async () => (await load()).command };
}

/** Every command, loaded when it is first used. The order is that in which a mistyped word gets suggestions. */
export const COMMANDS: readonly CommandEntry[] = [
  entry(BEGINNER, 'create', 'Create an object from a file or from flags', () => import('./commands/create.ts')),
  entry(BEGINNER, 'expose', 'Make a Service for a workload', () => import('./commands/expose.ts')),
  entry(BEGINNER, 'run', 'Run an image in a Pod', () => import('./commands/run.ts')),
  entry(BEGINNER, 'set', 'Change one field of objects: image, env, resources …', () => import('./commands/set.ts')),
  entry(INTERMEDIATE, 'explain', 'Describe the fields of a kind', () => import('./commands/explain.ts')),
  entry(INTERMEDIATE, 'get', 'List or show objects', () => import('./commands/get.ts')),
  entry(INTERMEDIATE, 'edit', 'Edit an object in your editor', () => import('./commands/edit.ts')),
  entry(INTERMEDIATE, 'delete', 'Delete objects', () => import('./commands/delete.ts')),
  entry(DEPLOY, 'rollout', 'Watch, pause, restart or undo a rollout', () => import('./commands/rollout.ts')),
  entry(DEPLOY, 'scale', 'Set the number of replicas', () => import('./commands/scale.ts')),
  entry(DEPLOY, 'autoscale', 'Make a HorizontalPodAutoscaler', () => import('./commands/autoscale.ts')),
  entry(CLUSTER, 'certificate', 'Approve or deny certificate requests', () => import('./commands/certificate.ts')),
  entry(CLUSTER, 'cluster-info', 'Show where the control plane is', () => import('./commands/cluster-info.ts')),
  entry(CLUSTER, 'top', 'Show the CPU and memory that is used', () => import('./commands/top.ts')),
  entry(CLUSTER, 'cordon', 'Keep new Pods off a node', () => import('./commands/cordon.ts')),
  entry(CLUSTER, 'uncordon', 'Let Pods onto a node again', () => import('./commands/uncordon.ts')),
  entry(CLUSTER, 'drain', 'Move the Pods off a node', () => import('./commands/drain.ts')),
  entry(CLUSTER, 'taint', 'Change the taints of nodes', () => import('./commands/taint.ts')),
  entry(TROUBLE, 'describe', 'Show an object with what belongs to it', () => import('./commands/describe.ts')),
  entry(TROUBLE, 'logs', "Print a container's output", () => import('./commands/logs.ts')),
  entry(TROUBLE, 'attach', 'Attach to a running container', () => import('./commands/attach.ts')),
  entry(TROUBLE, 'exec', 'Run a command in a container', () => import('./commands/exec.ts')),
  entry(TROUBLE, 'port-forward', 'Forward local ports to a Pod', () => import('./commands/port-forward.ts')),
  entry(TROUBLE, 'proxy', 'Serve the API on a local port', () => import('./commands/proxy.ts')),
  entry(TROUBLE, 'cp', 'Copy files to and from containers', () => import('./commands/cp.ts')),
  entry(TROUBLE, 'auth', 'Ask what you are allowed to do', () => import('./commands/auth.ts')),
  entry(TROUBLE, 'debug', 'Debug Pods and nodes with another container', () => import('./commands/debug.ts')),
  entry(TROUBLE, 'events', 'List events', () => import('./commands/events.ts')),
  entry(ADVANCED, 'diff', 'Compare files with what is live', () => import('./commands/diff.ts')),
  entry(ADVANCED, 'apply', 'Make objects be as a file says', () => import('./commands/apply.ts')),
  entry(ADVANCED, 'patch', 'Change fields of an object', () => import('./commands/patch.ts')),
  entry(ADVANCED, 'replace', 'Replace an object by a file', () => import('./commands/replace.ts')),
  entry(ADVANCED, 'wait', 'Wait for a condition of objects', () => import('./commands/wait.ts')),
  entry(ADVANCED, 'kustomize', 'Print what a kustomization builds', () => import('./commands/kustomize.ts')),
  entry(SETTINGS, 'label', 'Change the labels of objects', () => import('./commands/label.ts')),
  entry(SETTINGS, 'annotate', 'Change the annotations of objects', () => import('./commands/annotate.ts')),
  entry(SETTINGS, 'completion', 'Print a completion script', () => import('./commands/completion.ts')),
  entry(OTHER, 'api-resources', 'List the resources that the server has', () => import('./commands/api-resources.ts')),
  entry(OTHER, 'api-versions', 'List the API versions that the server has', () => import('./commands/api-versions.ts')),
  entry(OTHER, 'config', 'Change kubeconfig files', () => import('./commands/config.ts')),
  entry(OTHER, 'plugin', 'List plugins', () => import('./commands/plugin.ts')),
  entry(OTHER, 'version', 'Show the versions of client and server', () => import('./commands/version.ts')),
  entry(OTHER, 'options', 'List the options that every command takes', () => import('./commands/options.ts')),
  { ...entry(OTHER, 'alpha', 'Commands to come', () => import('./commands/alpha.ts')), hidden: true },
];
