/** Volumes that pods of the node use, by unique name: what the kubelet reports in its Node's status, so that nobody detaches them. */
export class VolumesInUse {
  private readonly users = new Map<string, Set<string>>();
  private readonly onChange: () => void;

  constructor(onChange: () => void) {
    this.onChange = onChange;
  }

  /** Names, sorted. */
  get names(): string[] {
    return [...this.users.keys()].sort();
  }

  /** Pods (by UID) that use a volume. */
  of(name: string): ReadonlySet<string> {
    return this.users.get(name) ?? NOBODY;
  }

  add(name: string, pod: string): void {
    const pods = this.users.get(name);
    if (pods !== undefined) pods.add(pod);
    else {
      this.users.set(name, new Set([pod]));
      this.onChange();
    }
  }

  remove(name: string, pod: string): void {
    const pods = this.users.get(name);
    if (pods?.delete(pod) !== true || pods.size > 0) return;
    this.users.delete(name);
    this.onChange();
  }
}

const NOBODY: ReadonlySet<string> = new Set();
