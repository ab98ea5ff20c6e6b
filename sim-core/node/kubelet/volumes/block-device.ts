import { type Directory, RegularFile, SpecialFile } from '../../../images/file-node.ts';
import { FileError } from '../../../images/process.ts';
import type { MountedVolume } from './volume.ts';

/** Where in a volume's directory the bytes of a device are kept. */
const CONTENT = '.device';

/**
 * A volume of mode Block as the device that a container finds: no file system, only bytes from the first on. What is written lies over what
 * was there.
 */
export function blockDevice(volume: Pick<MountedVolume, 'source'>): SpecialFile {
  const content = () => {
    const { entries } = volume.source() as Directory;
    let file = entries.get(CONTENT);
    if (file?.kind !== 'file') {
      file = new RegularFile('');
      entries.set(CONTENT, file);
    }
    return file;
  };
  return new SpecialFile(
    'block',
    () => content().content,
    (text) => {
      const file = content();
      const limit = (volume.source() as Directory).space?.limit ?? Number.POSITIVE_INFINITY;
      if (text.length > limit) throw new FileError('ENOSPC', 'No space left on device');
      file.set(text + file.content.slice(text.length));
    },
  );
}
