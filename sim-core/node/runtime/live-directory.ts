import { Directory, type FileNode } from '../../images/file-node.ts';

/** A directory whose entries are made anew at each look. */
export class LiveDirectory extends Directory {
  private readonly make: () => Map<string, FileNode>;

  constructor(make: () => Map<string, FileNode>) {
    super(new Map(), { mode: 0o555 });
    this.make = make;
  }

  override get entries(): Map<string, FileNode> {
    return this.make();
  }
}
