import type { AnyObject } from '../api/objects.ts';
import type { Engine } from '../engine/index.ts';
import type { ApiRequest } from './request.ts';

/** Keeps account of who set which field (metadata.managedFields). */
export class FieldTracker {
  protected readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** A new object is about to be stored. */
  created(_request: ApiRequest, _object: AnyObject): void {}

  /** An object is about to be replaced. */
  updated(_request: ApiRequest, _object: AnyObject, _old: AnyObject): void {}

  /** The object as clients see it, managedFields included. */
  expose(object: AnyObject): AnyObject {
    return object;
  }
}
