import { FileError } from './process.ts';

/** What the errors of a kernel say. */
const MESSAGES: Record<FileError['code'], string> = {
  ENOENT: 'No such file or directory',
  EEXIST: 'File exists',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EROFS: 'Read-only file system',
  EACCES: 'Permission denied',
  ENOTEMPTY: 'Directory not empty',
  ENOSPC: 'No space left on device',
  ELOOP: 'Symbolic link loop',
  EBUSY: 'Resource busy',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
};

/** The error of a code, with the kernel's words for it. */
export function failure(code: FileError['code']): FileError {
  return new FileError(code, MESSAGES[code]);
}
