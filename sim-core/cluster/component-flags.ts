import { type FlagSpec, type FlagType, flag } from '../kubectl/flags.ts';

/** The flags that the components of the control plane know in v1.33 (etcd: 3.5), by type. Those of the page's first script are checked without. */

type Table = Partial<Record<FlagType, string>>;

function specs(...tables: readonly Table[]): FlagSpec[] {
  return tables.flatMap((table) =>
    Object.entries(table).flatMap(([type, names]) =>
      names
        .trim()
        .split(/\s+/)
        .map((name) => flag(name, type as FlagType, '', '')),
    ),
  );
}

/** component-base: logs, metrics, feature gates, version. */
const EVERYONE: Table = {
  bool: 'log-text-split-stream log-json-split-stream',
  duration: 'log-flush-frequency',
  int: 'v,v',
  string: `feature-gates log-json-info-buffer-size log-text-info-buffer-size logging-format show-hidden-metrics-for-version vmodule
    allow-metric-labels allow-metric-labels-manifest`,
  stringSlice: 'disabled-metrics emulated-version',
};

/** apiserver's SecureServingOptions. */
const SERVING: Table = {
  bool: 'disable-http2-serving permit-address-sharing permit-port-sharing contention-profiling profiling',
  int: 'http2-max-streams-per-connection secure-port',
  ip: 'bind-address',
  string: 'cert-dir tls-cert-file tls-min-version tls-private-key-file',
  stringArray: 'tls-sni-cert-key',
  stringSlice: 'tls-cipher-suites',
};

/** Who may ask, of a component that has the API server find it out. */
const DELEGATED: Table = {
  bool: 'authentication-skip-lookup authentication-tolerate-lookup-failure',
  duration: `authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl
    authorization-webhook-cache-unauthorized-ttl`,
  string: 'authentication-kubeconfig authorization-kubeconfig client-ca-file requestheader-client-ca-file',
  stringSlice: `authorization-always-allow-paths requestheader-allowed-names requestheader-extra-headers-prefix
    requestheader-group-headers requestheader-uid-headers requestheader-username-headers`,
};

const ELECTION: Table = {
  bool: 'leader-elect',
  duration: 'leader-elect-lease-duration leader-elect-renew-deadline leader-elect-retry-period',
  float32: 'kube-api-qps',
  int32: 'kube-api-burst',
  string: `kube-api-content-type kubeconfig leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace
    master`,
};

const API_SERVER: Table = {
  bool: `aggregator-reject-forwarding-redirect allow-privileged anonymous-auth audit-log-batch-throttle-enable audit-log-compress
    audit-log-truncate-enabled audit-webhook-batch-throttle-enable audit-webhook-truncate-enabled emulation-forward-compatible
    enable-aggregator-routing enable-bootstrap-token-auth enable-garbage-collector enable-logs-handler enable-priority-and-fairness
    encryption-provider-config-automatic-reload kubelet-https runtime-config-emulation-forward-compatible
    service-account-extend-token-expiration service-account-lookup shutdown-send-retry-after watch-cache`,
  duration: `audit-log-batch-max-wait audit-webhook-batch-max-wait audit-webhook-initial-backoff
    authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl
    coordinated-leadership-lease-duration coordinated-leadership-renew-deadline coordinated-leadership-retry-period
    etcd-compaction-interval etcd-count-metric-poll-period etcd-db-metric-poll-interval etcd-healthcheck-timeout
    etcd-readycheck-timeout event-ttl kubelet-timeout livez-grace-period request-timeout service-account-max-token-expiration
    shutdown-delay-duration shutdown-watch-termination-grace-period storage-initialization-timeout`,
  float32: 'audit-log-batch-throttle-qps audit-webhook-batch-throttle-qps goaway-chance',
  int: `apiserver-count audit-log-batch-buffer-size audit-log-batch-max-size audit-log-batch-throttle-burst audit-log-maxage
    audit-log-maxbackup audit-log-maxsize audit-log-truncate-max-batch-size audit-log-truncate-max-event-size
    audit-webhook-batch-buffer-size audit-webhook-batch-max-size audit-webhook-batch-throttle-burst
    audit-webhook-truncate-max-batch-size audit-webhook-truncate-max-event-size default-not-ready-toleration-seconds
    default-unreachable-toleration-seconds default-watch-cache-size delete-collection-workers kubelet-port kubelet-read-only-port
    kubernetes-service-node-port lease-reuse-duration-seconds max-connection-bytes-per-sec max-mutating-requests-inflight
    max-requests-inflight min-request-timeout`,
  ip: 'advertise-address',
  string: `admission-control-config-file audit-log-format audit-log-mode audit-log-path audit-log-version audit-policy-file
    audit-webhook-config-file audit-webhook-mode audit-webhook-version authentication-config
    authentication-token-webhook-config-file authentication-token-webhook-version authorization-config authorization-policy-file
    authorization-webhook-config-file authorization-webhook-version client-ca-file cloud-config cloud-provider debug-socket-path
    egress-selector-config-file encryption-provider-config endpoint-reconciler-type etcd-cafile etcd-certfile etcd-keyfile etcd-prefix
    external-hostname kubelet-certificate-authority kubelet-client-certificate kubelet-client-key oidc-ca-file oidc-client-id
    oidc-groups-claim oidc-groups-prefix oidc-issuer-url oidc-username-claim oidc-username-prefix peer-advertise-ip
    peer-advertise-port peer-ca-file proxy-client-cert-file proxy-client-key-file requestheader-client-ca-file service-account-jwks-uri
    service-account-signing-endpoint service-account-signing-key-file service-cluster-ip-range service-node-port-range
    storage-backend storage-media-type token-auth-file tracing-config-file`,
  stringArray: 'oidc-required-claim runtime-config service-account-issuer service-account-key-file',
  stringSlice: `api-audiences authorization-mode cors-allowed-origins disable-admission-plugins enable-admission-plugins
    admission-control etcd-servers etcd-servers-overrides kubelet-preferred-address-types oidc-signing-algs
    requestheader-allowed-names requestheader-extra-headers-prefix requestheader-group-headers requestheader-uid-headers
    requestheader-username-headers strict-transport-security-directives watch-cache-sizes`,
};

const CONTROLLER_MANAGER: Table = {
  bool: `allocate-node-cidrs configure-cloud-routes disable-attach-detach-reconcile-sync disable-force-detach-on-timeout
    enable-dynamic-provisioning enable-garbage-collector enable-hostpath-provisioner enable-leader-migration
    use-service-account-credentials`,
  duration: `attach-detach-reconcile-sync-period cluster-signing-duration controller-start-interval
    endpoint-updates-batch-period endpointslice-updates-batch-period horizontal-pod-autoscaler-cpu-initialization-period
    horizontal-pod-autoscaler-downscale-stabilization horizontal-pod-autoscaler-initial-readiness-delay
    horizontal-pod-autoscaler-sync-period legacy-service-account-token-clean-up-period min-resync-period
    mirroring-endpointslice-updates-batch-period namespace-sync-period node-monitor-grace-period node-monitor-period
    node-startup-grace-period pvclaimbinder-sync-period resource-quota-sync-period route-reconciliation-period`,
  float32:
    'horizontal-pod-autoscaler-tolerance node-eviction-rate secondary-node-eviction-rate unhealthy-zone-threshold',
  int32: `concurrent-cron-job-syncs concurrent-daemonset-syncs concurrent-deployment-syncs concurrent-endpoint-syncs
    concurrent-ephemeralvolume-syncs concurrent-gc-syncs concurrent-horizontal-pod-autoscaler-syncs concurrent-job-syncs
    concurrent-namespace-syncs concurrent-rc-syncs concurrent-replicaset-syncs concurrent-resource-quota-syncs
    concurrent-service-endpoint-syncs concurrent-service-syncs concurrent-serviceaccount-token-syncs concurrent-statefulset-syncs
    concurrent-ttl-after-finished-syncs concurrent-validating-admission-policy-status-syncs large-cluster-size-threshold
    max-endpoints-per-slice mirroring-concurrent-service-endpoint-syncs mirroring-max-endpoints-per-subset node-cidr-mask-size
    node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6 pv-recycler-increment-timeout-nfs pv-recycler-minimum-timeout-hostpath
    pv-recycler-minimum-timeout-nfs pv-recycler-timeout-increment-hostpath terminated-pod-gc-threshold`,
  string: `cidr-allocator-type cloud-config cloud-provider cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-key-file
    cluster-signing-kube-apiserver-client-cert-file cluster-signing-kube-apiserver-client-key-file
    cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file cluster-signing-kubelet-serving-cert-file
    cluster-signing-kubelet-serving-key-file cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file
    external-cloud-volume-plugin flex-volume-plugin-dir leader-migration-config pv-recycler-pod-template-filepath-hostpath
    pv-recycler-pod-template-filepath-nfs root-ca-file service-account-private-key-file service-cluster-ip-range`,
  stringSlice: 'controllers',
};

const SCHEDULER: Table = {
  duration: 'pod-max-in-unschedulable-pods-duration',
  string: 'config write-config-to',
};

/** etcd's flags, which are those of Go's own package: types of this house that say the same. */
const ETCD: Table = {
  bool: `auto-tls client-cert-auth enable-grpc-gateway enable-log-rotation enable-pprof enable-v2 force-new-cluster
    initial-election-tick-advance peer-auto-tls peer-client-cert-auth peer-skip-client-san-verification pre-vote socket-reuse-address
    socket-reuse-port strict-reconfig-check unsafe-no-fsync version`,
  duration: 'backend-batch-interval grpc-keepalive-interval grpc-keepalive-min-time grpc-keepalive-timeout',
  int: `auth-token-ttl backend-batch-limit bcrypt-cost election-timeout heartbeat-interval max-concurrent-streams max-request-bytes
    max-snapshots max-txn-ops max-wals proxy-dial-timeout proxy-failure-wait proxy-read-timeout proxy-refresh-interval
    proxy-write-timeout quota-backend-bytes self-signed-cert-validity snapshot-count`,
  string: `advertise-client-urls auth-token auto-compaction-mode auto-compaction-retention backend-bbolt-freelist-type cert-file
    cipher-suites client-cert-allowed-hostname client-cert-file client-crl-file client-key-file config-file cors data-dir discovery
    discovery-fallback discovery-proxy discovery-srv discovery-srv-name host-whitelist initial-advertise-peer-urls initial-cluster
    initial-cluster-state initial-cluster-token key-file listen-client-http-urls listen-client-urls listen-metrics-urls
    listen-peer-urls log-format log-level log-outputs log-rotation-config-json logger metrics name peer-cert-allowed-cn
    peer-cert-allowed-hostname peer-cert-file peer-client-cert-file peer-client-key-file peer-crl-file peer-key-file
    peer-trusted-ca-file proxy tls-max-version tls-min-version trusted-ca-file v2-deprecation wal-dir`,
};

/** `--version` alone means true; it takes `raw` and `vX.Y.Z` as well. */
const VERSION = flag('version', 'string', '', '', { alone: 'true' });

/** By the name of the program. */
export const COMPONENT_FLAGS: Readonly<Record<string, readonly FlagSpec[]>> = {
  'kube-apiserver': [...specs(EVERYONE, SERVING, API_SERVER), VERSION],
  'kube-controller-manager': [...specs(EVERYONE, SERVING, DELEGATED, ELECTION, CONTROLLER_MANAGER), VERSION],
  'kube-scheduler': [...specs(EVERYONE, SERVING, DELEGATED, ELECTION, SCHEDULER), VERSION],
  etcd: specs(ETCD),
};
