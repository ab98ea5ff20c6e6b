import type { Coroutine } from '../../../engine/index.ts';
import type { NodeImage } from '../../cri/image-service.ts';
import { type Call, type Command, Fatal } from './call.ts';
import { nanoseconds, size } from './words.ts';

/** The commands for images. */

/** An image as protobuf's JSON has it; one without a USER has no uid. */
function shape({ id, repoTags, repoDigests, size: bytes, uid, pinned }: NodeImage): object {
  return {
    id,
    repoTags,
    repoDigests,
    size: String(bytes),
    uid: uid === 0 ? null : { value: String(uid) },
    username: '',
    spec: null,
    pinned,
  };
}

function* list(call: Call): Coroutine<number> {
  yield* [];
  const key = ({ id, repoTags, repoDigests }: NodeImage) => repoTags[0] ?? repoDigests[0] ?? id;
  const found = call.node.images.listImages(call.operands[0]).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  if (call.structured(() => ({ images: found.map(shape) }))) return 0;
  if (call.has('v', 'verbose') && !call.has('q', 'quiet')) {
    for (const image of found) call.tool.out(verbose(image));
    return 0;
  }
  const digests = call.has('digests');
  const pinned = call.has('pinned');
  call.table(
    found.map(({ id }) => id),
    ['IMAGE', 'TAG', ...(digests ? ['DIGEST'] : []), 'IMAGE ID', 'SIZE', ...(pinned ? ['PINNED'] : [])],
    found.flatMap((image) => {
      const [repository = '<none>', digest = '<none>'] = image.repoDigests[0]?.split('@') ?? [];
      const tags = image.repoTags.length === 0 ? [`${repository}:<none>`] : image.repoTags;
      return tags.map((tag) => [
        tag.slice(0, tag.lastIndexOf(':')),
        tag.slice(tag.lastIndexOf(':') + 1),
        ...(digests ? [call.short(digest)] : []),
        call.short(image.id),
        size(image.size, 3),
        ...(pinned ? [String(image.pinned)] : []),
      ]);
    }),
  );
  return 0;
}

function verbose({ id, repoTags, repoDigests, size: bytes, uid, pinned }: NodeImage): string {
  return [
    `ID: ${id}`,
    ...repoTags.map((tag) => `RepoTags: ${tag}`),
    ...repoDigests.map((digest) => `RepoDigests: ${digest}`),
    `Size: ${bytes}`,
    ...(uid === 0 ? [] : [`Uid: value:${uid}`]),
    ...(pinned ? ['Pinned: true'] : []),
    '\n',
  ].join('\n');
}

function* inspect(call: Call): Coroutine<number> {
  yield* [];
  if (call.operands.length === 0) throw new Fatal('ID cannot be empty');
  const answers = call.operands.map((word) => {
    const image = find(call, word);
    if (image === undefined) throw new Fatal(`no such image ${JSON.stringify(word)} present`);
    return { info: { imageSpec: specOf(call, image) }, status: shape(image) };
  });
  const answer = answers.length === 1 ? answers[0]! : answers;
  if (call.option('o', 'output') === undefined || !call.structured(() => answer)) call.json(answer);
  return 0;
}

/** The image's own configuration (OCI image spec). */
function specOf(call: Call, { id }: NodeImage): object {
  const image = call.node.images.image(id)!;
  const { architecture, entrypoint, command, env, workingDir, exposedPorts, stopSignal, user, layers } = image;
  return {
    architecture,
    os: 'linux',
    config: {
      ...(user === 0 ? {} : { User: String(user) }),
      ...(exposedPorts.length === 0
        ? {}
        : { ExposedPorts: Object.fromEntries(exposedPorts.map((port) => [`${port}/tcp`, {}])) }),
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(entrypoint.length === 0 ? {} : { Entrypoint: entrypoint }),
      ...(command.length === 0 ? {} : { Cmd: command }),
      ...(workingDir === '' ? {} : { WorkingDir: workingDir }),
      ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  };
}

/** The image of a reference, of an ID, or of an ID's beginning, as containerd's LocalResolve finds it. */
function find(call: Call, word: string): NodeImage | undefined {
  const named = call.node.images.imageStatus({ image: word });
  if (named !== undefined || !/^(sha256:)?[0-9a-f]{4,}$/.test(word)) return named;
  const start = `sha256:${word.replace(/^sha256:/, '')}`;
  const found = call.node.images.listImages().filter(({ id }) => id.startsWith(start));
  return found.length === 1 ? found[0] : undefined;
}

function* pull(call: Call): Coroutine<number> {
  const [image] = call.operands;
  if (image === undefined) throw new Fatal('Image name cannot be empty');
  const id = yield* call.node.images.pullImage({ image });
  call.tool.out(`Image is up to date for ${id}\n`);
  return 0;
}

/**
 * Takes the image away with all its names, whoever uses it: containers run on from their own snapshots, and the next one that the kubelet
 * makes of it pulls it again. `--prune` leaves what containers use, and what is pinned.
 */
function* remove(call: Call): Coroutine<number> {
  yield* [];
  const { images, runtime } = call.node;
  const words = [...call.operands];
  const prune = call.has('q', 'prune');
  if (prune || call.has('a', 'all')) {
    const used = new Set(prune ? runtime.all().map(({ image }) => image.id) : []);
    words.push(...images.listImages().flatMap(({ id, pinned }) => (used.has(id) || (prune && pinned) ? [] : [id])));
    if (words.length === 0) call.tool.process.stderr.write('INFO[0000] No images to remove\n');
  } else if (words.length === 0) throw new Fatal('ID cannot be empty');
  let failed = false;
  for (const word of words) {
    const image = find(call, word);
    if (image === undefined) {
      call.tool.process.stderr.write(`ERRO[0000] no such image ${word}\n`);
      failed = true;
      continue;
    }
    images.removeImage({ image: image.id });
    for (const name of image.repoTags.length === 0 ? image.repoDigests : image.repoTags)
      call.tool.out(`Deleted: ${name}\n`);
  }
  if (failed) throw new Fatal('unable to remove the image(s)');
  return 0;
}

function* filesystem(call: Call): Coroutine<number> {
  yield* [];
  const { imageFilesystems, containerFilesystems } = call.node.images.imageFsInfo();
  const shown = (systems: typeof imageFilesystems) =>
    systems.map(({ timestamp, mountpoint, usedBytes, inodesUsed }) => ({
      timestamp: nanoseconds(timestamp),
      fsId: { mountpoint },
      usedBytes: { value: String(usedBytes) },
      inodesUsed: { value: String(inodesUsed) },
    }));
  call.json({
    status: { imageFilesystems: shown(imageFilesystems), containerFilesystems: shown(containerFilesystems) },
  });
  return 0;
}

const IMAGES_COMMAND: Command = { usage: 'List images', valued: 'o output f filter', run: list };

export const IMAGES: Readonly<Record<string, Command>> = {
  images: IMAGES_COMMAND,
  image: IMAGES_COMMAND,
  img: IMAGES_COMMAND,
  imagefsinfo: { usage: 'Return image filesystem info', valued: 'o output', run: filesystem },
  inspecti: { usage: 'Return the status of one or more images', valued: 'o output template', run: inspect },
  pull: { usage: 'Pull an image from a registry', valued: 'creds auth u username pod-config a annotation', run: pull },
  rmi: { usage: 'Remove one or more images', run: remove },
};
