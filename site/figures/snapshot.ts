/** Opening frames of figures, made by sim-core when the site is built: what a figure shows before anything moves. */
import { adminToken, type ClusterOptions } from '../../sim-core/cluster/cluster.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import type { SessionLog } from '../../sim-core/host/session.ts';
import { Mirror } from '../workspace/mirror.ts';
import { type ClusterView, clusterView } from '../workspace/view.ts';

/** A cluster at some moment, and the log with which a Worker can make it again and go on. */
export interface Opening {
  readonly view: ClusterView;
  readonly log: SessionLog;
}

/** A cluster in which a pod was deleted a moment ago, and its successor is on its way. */
export function whileReplacing(cluster: ClusterOptions): Opening {
  const local = new LocalCluster(cluster);
  const { engine, store } = local.session.cluster;
  engine.settle();
  const victim = store.list('pods', 'default/')[1]!;
  local.session.apply({
    type: 'request',
    id: 1,
    request: {
      method: 'DELETE',
      path: `/api/v1/namespaces/default/pods/${victim.metadata.name}`,
      headers: { authorization: `Bearer ${adminToken(engine.seed)}`, 'user-agent': 'jotasu' },
    },
  });
  const replacing = (): boolean => {
    const states = clusterView(mirrorOf(local)).nodes.flatMap(({ pods }) => pods.map(({ state }) => state));
    return states.includes('creating');
  };
  for (let steps = 0; steps < 5000 && !replacing(); steps++) engine.step();
  return opening(local);
}

function opening(local: LocalCluster): Opening {
  return { view: clusterView(mirrorOf(local)), log: local.log() };
}

/** The objects of a cluster in this process, as a page would know them. */
export function mirrorOf(local: LocalCluster): Mirror {
  const mirror = new Mirror();
  const { store } = local.session.cluster;
  for (const table of store.tableNames()) {
    for (const object of store.list(table)) {
      const { namespace, name } = object.metadata;
      mirror.apply({ type: 'ADDED', table, key: namespace === undefined ? name : `${namespace}/${name}`, object });
    }
  }
  return mirror;
}
