type Source = Record<string, unknown>;

/** Defaults of sources that pods and persistent volumes share (SetDefaults_RBDVolumeSource and its siblings). */
const DEFAULTS: Readonly<Record<string, Source>> = {
  iscsi: { iscsiInterface: 'default' },
  rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  azureDisk: { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false },
  scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
};

/** Fills in the defaults of a volume's source. Changes. */
export function applyVolumeSourceDefaults(volume: Readonly<Record<string, Source | undefined>>): void {
  for (const name in DEFAULTS) {
    const source = volume[name];
    if (source === undefined) continue;
    for (const [field, value] of Object.entries(DEFAULTS[name]!))
      if (source[field] === undefined || source[field] === '') source[field] = value;
  }
}
