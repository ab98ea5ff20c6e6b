import type { Container } from 'kubernetes-types/core/v1';
import type { EventRecorder } from '../../client/index.ts';
import { type Coroutine, type Engine, MILLISECOND, type Micros, suspend } from '../../engine/index.ts';
import { parseReference, ReferenceFormatError } from '../../images/reference.ts';
import { CriError } from '../cri/error.ts';
import type { ImageService } from '../cri/image-service.ts';
import { containerSubject } from './event-subject.ts';
import { goDuration } from './go-duration.ts';
import type { PodWorker } from './pod-worker.ts';
import { credentialsFor, type DockerConfig } from './pull-secrets.ts';

/** A container that cannot be started now: becomes the reason and message of its Waiting state. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: string;
  /** How long to wait before trying again is of any use; `undefined`: the usual time. */
  readonly retryAfter: Micros | undefined;

  constructor(reason: string, message: string, retryAfter?: Micros) {
    super(message);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** Sees to it that images are there when containers start (images.imageManager). At most so many are pulled at a time: one, as serializeImagePulls has it. */
export class ImageManager {
  private readonly engine: Engine;
  private readonly images: ImageService;
  private readonly events: EventRecorder;
  /** What the last pull failed with, by back-off key. */
  private readonly previousError = new Map<string, string>();
  private readonly limit: number;
  private pulling = 0;
  private readonly queue: (() => void)[] = [];

  constructor(engine: Engine, images: ImageService, events: EventRecorder, limit: number) {
    this.engine = engine;
    this.images = images;
    this.events = events;
    this.limit = limit;
  }

  /** Answers the ID of the container's image on the node, having pulled it where needed. Throws `StartError`. */
  *ensure(worker: PodWorker, container: Container, secrets: readonly DockerConfig[]): Coroutine<string> {
    const { pod } = worker;
    const image = container.image ?? '';
    const subject = containerSubject(pod, container.name);
    const reference = withDefaultTag(image);
    if (reference === undefined) {
      const text = `Failed to apply default image tag "${image}": couldn't parse image reference "${image}": ${parseError(image)}`;
      this.events.warning(subject, 'InspectFailed', text);
      throw new StartError('InvalidImageName', text);
    }
    const present = this.images.imageStatus({ image: reference });
    const policy = container.imagePullPolicy ?? (isLatest(reference) ? 'Always' : 'IfNotPresent');
    if (present !== undefined && policy !== 'Always') {
      this.events.normal(subject, 'Pulled', `Container image "${image}" already present on machine`);
      return present.id;
    }
    if (policy === 'Never') {
      const text = `Container image "${image}" is not present with pull policy of Never`;
      this.events.warning(subject, 'ErrImageNeverPull', text);
      throw new StartError('ErrImageNeverPull', text);
    }
    return yield* this.pull(worker, container, image, reference, secrets);
  }

  private *pull(
    worker: PodWorker,
    container: Container,
    image: string,
    reference: string,
    secrets: readonly DockerConfig[],
  ): Coroutine<string> {
    const { engine, events } = this;
    const subject = containerSubject(worker.pod, container.name);
    const key = `${worker.pod.metadata.uid}_${image}`;
    const wait = worker.hasBackOff ? worker.backOff.remainingSinceUpdate(key) : 0;
    if (wait > 0) {
      const text = `Back-off pulling image "${image}"`;
      events.normal(subject, 'BackOff', text);
      const previous = this.previousError.get(key);
      throw new StartError('ImagePullBackOff', previous === undefined ? text : `${text}: ${previous}`, wait);
    }
    this.previousError.delete(key);
    events.normal(subject, 'Pulling', `Pulling image "${image}"`);
    const asked = engine.now;
    yield* this.turn();
    const started = engine.now;
    try {
      const id = yield* this.pullWithCredentials(reference, secrets);
      const size = this.images.imageStatus({ image: id })?.size ?? 0;
      const own = goDuration(truncated(engine.now - started));
      const total = goDuration(truncated(engine.now - asked));
      const text = `Successfully pulled image "${image}" in ${own} (${total} including waiting). Image size: ${size} bytes.`;
      events.normal(subject, 'Pulled', text);
      return id;
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      events.warning(subject, 'Failed', `Failed to pull image "${image}": ${error.message}`);
      worker.backOff.next(key, engine.now);
      this.previousError.set(key, `ErrImagePull: ${error.message}`);
      throw new StartError('ErrImagePull', error.message);
    } finally {
      this.pulling--;
      this.queue.shift()?.();
    }
  }

  /** Tries each credential that the secrets hold for the image; without any, pulls anonymously. */
  private *pullWithCredentials(reference: string, secrets: readonly DockerConfig[]): Coroutine<string> {
    const credentials = credentialsFor(reference, secrets);
    if (credentials.length === 0) return yield* this.images.pullImage({ image: reference });
    let failure: unknown;
    for (const auth of credentials) {
      try {
        return yield* this.images.pullImage({ image: reference }, auth);
      } catch (error) {
        if (!(error instanceof CriError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Waits until few enough other pulls go on. */
  private *turn(): Coroutine {
    while (this.pulling >= this.limit) {
      yield* suspend<void>((resume) => {
        this.queue.push(resume);
        return () => {
          const index = this.queue.indexOf(resume);
          if (index >= 0) this.queue.splice(index, 1);
        };
      });
    }
    this.pulling++;
  }
}

function truncated(duration: Micros): Micros {
  return Math.floor(duration / MILLISECOND) * MILLISECOND;
}

/** The reference with `:latest` where it has neither tag nor digest; `undefined` when it cannot be read (applyDefaultImageTag). */
function withDefaultTag(image: string): string | undefined {
  try {
    parseReference(image);
  } catch (error) {
    if (error instanceof ReferenceFormatError) return undefined;
    throw error;
  }
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || image.includes('@') ? image : `${image}:latest`;
}

function parseError(image: string): string {
  try {
    parseReference(image);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isLatest(reference: string): boolean {
  return reference.endsWith(':latest') && !reference.includes('@');
}
