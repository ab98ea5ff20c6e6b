import { StatusError } from '../api/status.ts';
import { Unreachable } from '../client/client.ts';
import type { CycleState } from './cycle-state.ts';
import type {
  Handle,
  NodeStatuses,
  PermitWait,
  Plugin,
  PluginEntry,
  PluginFactory,
  PostFilterResult,
  PreFilterResult,
  Profile,
  Verdict,
} from './framework.ts';
import { LocalResultsByShape } from './local-results.ts';
import type { NodeInfo } from './node-info.ts';
import { type NodeScores, NodeScoring, type RunningPlugin } from './node-scoring.ts';
import type { PodInfo } from './pod-info.ts';
import { failure, prefixed, Status } from './status.ts';

/** Runs the plugins of one profile at each extension point, and contains what they throw (frameworkImpl). */
export class PluginRunner {
  readonly profile: Profile;
  readonly plugins: RunningPlugin[];
  private readonly handle: Handle;
  private readonly results = new LocalResultsByShape();
  private readonly scoring: NodeScoring;
  private readonly original: readonly RunningPlugin[];

  constructor(profile: Profile, handle: Handle) {
    this.profile = profile;
    this.handle = handle;
    this.scoring = new NodeScoring(handle.snapshot, this.results, (plugin, error) => this.thrown(plugin, error));
    this.plugins = profile.plugins.map((entry) => ({ plugin: made(entry.plugin, handle), weight: entry.weight ?? 1 }));
    this.original = [...this.plugins];
  }

  /** Puts a plugin in the place of the one of the same name, or at the end. */
  replace(entry: PluginEntry): void {
    this.results.forget();
    const plugin = made(entry.plugin, this.handle);
    const index = this.plugins.findIndex((running) => running.plugin.name === plugin.name);
    const weight = entry.weight ?? this.plugins[index]?.weight ?? 1;
    if (index < 0) this.plugins.push({ plugin, weight });
    else this.plugins[index] = { plugin, weight };
  }

  /** Puts the profile's own plugin back in its place; one that is not the profile's goes. */
  restore(name: string): void {
    this.results.forget();
    const index = this.plugins.findIndex(({ plugin }) => plugin.name === name);
    const before = this.original.find(({ plugin }) => plugin.name === name);
    if (index < 0) return;
    if (before === undefined) this.plugins.splice(index, 1);
    else this.plugins[index] = before;
  }

  get hasPostFilter(): boolean {
    return this.plugins.some(({ plugin }) => plugin.postFilter !== undefined);
  }

  preEnqueue(pod: PodInfo): Verdict {
    for (const { plugin } of this.plugins) {
      if (plugin.preEnqueue === undefined) continue;
      const status = this.guard(plugin, () => plugin.preEnqueue!(pod.pod));
      if (status !== undefined) return status;
    }
    return undefined;
  }

  /** Answers a refusal or an error, or else which nodes are left and which plugins left the others out. */
  preFilter(
    state: CycleState,
    pod: PodInfo,
  ): { status?: Status; nodeNames?: ReadonlySet<string>; narrowedBy: string[] } {
    let nodeNames: ReadonlySet<string> | undefined;
    const narrowedBy: string[] = [];
    for (const { plugin } of this.plugins) {
      if (plugin.preFilter === undefined) continue;
      const result = this.guard<Status | PreFilterResult>(plugin, () => plugin.preFilter!(state, pod));
      if (result === undefined) continue;
      if (result instanceof Status) {
        if (result.code === 'Skip') state.skipFilter.add(plugin.name);
        else if (result.rejected) return { status: result, narrowedBy };
        else if (result.code !== 'Success') {
          return { status: prefixed(`running PreFilter plugin "${plugin.name}"`, result), narrowedBy };
        }
        continue;
      }
      const allowed = result.nodeNames;
      narrowedBy.push(plugin.name);
      const before: ReadonlySet<string> | undefined = nodeNames;
      nodeNames = before === undefined ? allowed : new Set([...before].filter((name) => allowed.has(name)));
      if (nodeNames.size === 0) {
        const who =
          narrowedBy.length === 1
            ? `node(s) didn't satisfy plugin ${narrowedBy[0]}`
            : `node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}] simultaneously`;
        const status = new Status('UnschedulableAndUnresolvable', [who]);
        status.plugin = plugin.name;
        return { status, narrowedBy };
      }
    }
    return nodeNames === undefined ? { narrowedBy } : { nodeNames, narrowedBy };
  }

  /**
   * Looks at nodes, beginning at index `start` and going round, until `limit` have passed. `onRefused` hears of the others.
   * Answers the nodes that passed, or the error of a plugin.
   */
  findFeasible(
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    start: number,
    limit: number,
    onRefused: (node: NodeInfo, status: Status) => void,
  ): NodeInfo[] | Status {
    const filters = this.filtersFor(state);
    const numLocal = filters.findIndex(({ local }) => local !== true);
    const local = numLocal < 0 ? filters : filters.slice(0, numLocal);
    const others = numLocal < 0 ? [] : filters.slice(numLocal);
    const results = this.results.of(pod.shape, this.handle.snapshot.nodes);
    const nominations = this.handle.hasNominatedPods();
    const feasible: NodeInfo[] = [];
    const { length } = nodes;
    for (let looked = 0, at = start; looked < length && feasible.length < limit; looked++, at++) {
      if (at >= length) at -= length;
      const node = nodes[at]!;
      let status: Verdict;
      if (nominations) status = this.filterWithNominated(filters, state, pod, node);
      else {
        if (results.hasVerdict(node)) status = results.verdict(node);
        else {
          status = this.runFilters(local, state, pod, node);
          if (status?.code !== 'Error') results.setVerdict(node, status);
        }
        if (status === undefined && others.length > 0) status = this.runFilters(others, state, pod, node);
      }
      if (status === undefined) feasible.push(node);
      else if (status.code === 'Error') return status;
      else onRefused(node, status);
    }
    return feasible;
  }

  /** All filters on one node, with the pods nominated to it (RunFilterPluginsWithNominatedPods). */
  filterNode(state: CycleState, pod: PodInfo, node: NodeInfo): Verdict {
    return this.filterWithNominated(this.filtersFor(state), state, pod, node);
  }

  /** Each filter on one node by itself: the first refusal does not hide the others. */
  filterEach(state: CycleState, pod: PodInfo, node: NodeInfo): { name: string; status: Verdict }[] {
    return this.filtersFor(state).map((plugin) => ({
      name: plugin.name,
      status: this.runFilters([plugin], state, pod, node),
    }));
  }

  private filtersFor(state: CycleState): Plugin[] {
    const filters: Plugin[] = [];
    for (const { plugin } of this.plugins) {
      if (plugin.filter !== undefined && !state.skipFilter.has(plugin.name)) filters.push(plugin);
    }
    return filters;
  }

  /**
   * Pods nominated to the node that are at least as important count as if they ran there already. The pod must fit with them,
   * and without them too, because they may yet go elsewhere.
   */
  private filterWithNominated(filters: readonly Plugin[], state: CycleState, pod: PodInfo, node: NodeInfo): Verdict {
    const nominated = this.handle.nominatedPods(node.name);
    if (nominated.length > 0) {
      const others = nominated.filter((other) => other.uid !== pod.uid && other.priority >= pod.priority);
      if (others.length > 0) {
        const pretendedState = state.clone();
        const pretendedNode = node.clone();
        for (const other of others) {
          pretendedNode.addPod(other);
          this.pretend(pretendedState, pod, other, pretendedNode, 'add');
        }
        const status = this.runFilters(filters, pretendedState, pod, pretendedNode);
        if (status !== undefined) return status;
      }
    }
    return this.runFilters(filters, state, pod, node);
  }

  private runFilters(filters: readonly Plugin[], state: CycleState, pod: PodInfo, node: NodeInfo): Verdict {
    let index = 0;
    try {
      for (; index < filters.length; index++) {
        const plugin = filters[index]!;
        const status = plugin.filter!(state, pod, node);
        if (status === undefined || status.code === 'Success') continue;
        status.plugin = plugin.name;
        if (status.rejected) return status;
        return prefixed(`running "${plugin.name}" filter plugin`, status);
      }
      return undefined;
    } catch (error) {
      const plugin = filters[index]!;
      return prefixed(`running "${plugin.name}" filter plugin`, this.thrown(plugin, error));
    }
  }

  pretend(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, change: 'add' | 'remove'): void {
    for (const { plugin } of this.plugins) {
      if (state.skipFilter.has(plugin.name)) continue;
      if (change === 'add') plugin.addPod?.(state, pod, other, node);
      else plugin.removePod?.(state, pod, other, node);
    }
  }

  /** The first plugin that can help, or is sure that nothing can, has the word (RunPostFilterPlugins). */
  postFilter(state: CycleState, pod: PodInfo, statuses: NodeStatuses): PostFilterResult {
    const reasons: string[] = [];
    let nominatedNodeName: string | undefined;
    for (const { plugin } of this.plugins) {
      if (plugin.postFilter === undefined) continue;
      let result: PostFilterResult | undefined;
      const status = this.guard(plugin, () => {
        result = plugin.postFilter!(state, pod, statuses);
        return result.status;
      });
      const { code } = status ?? { code: 'Success' };
      if (result === undefined || code === 'Success') return result ?? { status: status! };
      if (code === 'UnschedulableAndUnresolvable' || !status!.rejected) return result;
      reasons.push(...status!.reasons);
      nominatedNodeName ??= result.nominatedNodeName;
    }
    return { status: new Status('Unschedulable', reasons), nominatedNodeName };
  }

  /**
   * Scores nodes (RunPreScorePlugins and RunScorePlugins); answers the error of a plugin, if one failed. The totals hold until
   * the next call; `inDetail` keeps each plugin's scores too.
   */
  score(state: CycleState, pod: PodInfo, nodes: readonly NodeInfo[], inDetail = false): NodeScores | Status {
    for (const { plugin } of this.plugins) {
      if (plugin.preScore === undefined) continue;
      const status = this.guard(plugin, () => plugin.preScore!(state, pod, nodes));
      if (status === undefined || status.code === 'Success') continue;
      if (status.code === 'Skip') state.skipScore.add(plugin.name);
      else return prefixed(`running PreScore plugin "${plugin.name}"`, status);
    }
    return this.scoring.score(this.plugins, state, pod, nodes, inDetail);
  }

  reserve(state: CycleState, pod: PodInfo, nodeName: string): Verdict {
    for (const { plugin } of this.plugins) {
      if (plugin.reserve === undefined) continue;
      const status = this.guard(plugin, () => plugin.reserve!(state, pod, nodeName));
      if (status === undefined || status.code === 'Success') continue;
      return status.rejected ? status : prefixed(`running Reserve plugin "${plugin.name}"`, status);
    }
    return undefined;
  }

  unreserve(state: CycleState, pod: PodInfo, nodeName: string): void {
    for (const { plugin } of [...this.plugins].reverse()) {
      if (plugin.unreserve === undefined) continue;
      this.guard(plugin, () => {
        plugin.unreserve!(state, pod, nodeName);
        return undefined;
      });
    }
  }

  /** Answers a refusal, or the plugins that wait and for how long. */
  permit(state: CycleState, pod: PodInfo, nodeName: string): Status | ReadonlyMap<string, number> {
    const waits = new Map<string, number>();
    for (const { plugin } of this.plugins) {
      if (plugin.permit === undefined) continue;
      const result = this.guard<Status | PermitWait>(plugin, () => plugin.permit!(state, pod, nodeName));
      if (result === undefined) continue;
      if (!(result instanceof Status)) waits.set(plugin.name, result.wait);
      else if (result.rejected) return result;
      else if (result.code !== 'Success') return prefixed(`running Permit plugin "${plugin.name}"`, result);
    }
    return waits;
  }

  preBind(state: CycleState, pod: PodInfo, nodeName: string): Verdict {
    for (const { plugin } of this.plugins) {
      if (plugin.preBind === undefined) continue;
      const status = this.guard(plugin, () => plugin.preBind!(state, pod, nodeName));
      if (status === undefined || status.code === 'Success') continue;
      if (status.rejected || status.code === 'Wait') return status;
      return prefixed(`running PreBind plugin "${plugin.name}"`, status);
    }
    return undefined;
  }

  bind(state: CycleState, pod: PodInfo, nodeName: string): Verdict {
    for (const { plugin } of this.plugins) {
      if (plugin.bind === undefined) continue;
      const status = this.guard(plugin, () => plugin.bind!(state, pod, nodeName));
      if (status?.code === 'Skip') continue;
      if (status === undefined || status.code === 'Success') return undefined;
      return status.rejected ? status : prefixed(`running Bind plugin "${plugin.name}"`, status);
    }
    return failure('no bind plugin took the pod');
  }

  postBind(state: CycleState, pod: PodInfo, nodeName: string): void {
    for (const { plugin } of this.plugins) {
      if (plugin.postBind === undefined) continue;
      this.guard(plugin, () => {
        plugin.postBind!(state, pod, nodeName);
        return undefined;
      });
    }
  }

  /** Runs a plugin's function; what it throws becomes a status. */
  private guard<T extends object>(plugin: Plugin, run: () => T | undefined): T | Status | undefined {
    try {
      const result = run();
      if (result instanceof Status) result.plugin = plugin.name;
      return result;
    } catch (error) {
      return this.thrown(plugin, error);
    }
  }

  private thrown(plugin: Plugin, error: unknown): Status {
    // A refused or lost request happens in any cluster; anything else is a defect of the plugin and must not pass unseen.
    if (!(error instanceof StatusError || error instanceof Unreachable)) {
      this.handle.engine.fault(`kube-scheduler/${plugin.name}`, error);
    }
    const status = failure(error);
    status.plugin = plugin.name;
    return status;
  }
}

function made(plugin: Plugin | PluginFactory, handle: Handle): Plugin {
  return typeof plugin === 'function' ? plugin(handle) : plugin;
}
