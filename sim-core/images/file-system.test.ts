import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Length } from '../api/utf8.ts';
import { absolutePath } from './absolute-path.ts';
import { Directory, RegularFile, Space, usage } from './file-node.ts';
import { LayeredFileSystem } from './file-system.ts';
import { FileError } from './process.ts';

const layer = () => {
  const root = new Directory(new Map(), { layer: true });
  root.put('etc/conf', new RegularFile('from image', { layer: true }));
  root.put('etc/other', new RegularFile('other', { layer: true }));
  root.ensure('tmp').mode = 0o777;
  return root;
};

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FileError) return error.code;
    throw error;
  }
  return 'none';
}

describe('a layered file system', () => {
  it('keeps the changes of one container from the others and from the image', () => {
    const image = layer();
    const space = new Space();
    const a = new LayeredFileSystem(image, { now: 5 }, { space });
    const b = new LayeredFileSystem(image, { now: 5 });
    a.write('/etc/conf', 'changed');
    a.remove('/etc/other');
    a.write('/etc/new', '한');
    expect(a.list('/etc')).toEqual(['conf', 'new']);
    expect(b.list('/etc')).toEqual(['conf', 'other']);
    expect([a.read('/etc/conf'), b.read('/etc/conf')]).toEqual(['changed', 'from image']);
    expect(space.used).toBe('changed'.length + 3);
    a.remove('/etc/new');
    expect(space.used).toBe('changed'.length);
  });

  it('shares what is mounted, shows mount points, and refuses writes to a read-only mount', () => {
    const volume = new Directory();
    const mount = (readonly: boolean) => ({ mounts: [{ path: '/deep/data', source: volume, readonly }] });
    const a = new LayeredFileSystem(layer(), { now: 0 }, mount(false));
    const b = new LayeredFileSystem(layer(), { now: 0 }, mount(true));
    a.makeDirectory('/deep/data/x/y', { parents: true });
    a.write('/deep/data/x/y/z', '1');
    expect(b.read('/deep/data/x/y/z')).toBe('1');
    expect(b.list('/')).toContain('deep');
    expect(codeOf(() => b.write('/deep/data/f', ''))).toBe('EROFS');
    expect(codeOf(() => b.remove('/deep/data'))).toBe('EBUSY');
    expect(codeOf(() => new LayeredFileSystem(layer(), { now: 0 }, { readonly: true }).write('/f', ''))).toBe('EROFS');
  });

  it('follows links, and not for ever', () => {
    const files = new LayeredFileSystem(layer(), { now: 0 });
    files.symlink('etc', '/link');
    files.symlink('/loop', '/loop');
    expect(files.read('/link/conf')).toBe('from image');
    expect(files.realPath('/link/../link/conf')).toBe('/etc/conf');
    expect(codeOf(() => files.read('/loop'))).toBe('ELOOP');
  });

  it('fails with the errno of Linux', () => {
    const files = new LayeredFileSystem(layer(), { now: 0 }, { user: 1000 });
    expect(codeOf(() => files.read('/nope'))).toBe('ENOENT');
    expect(codeOf(() => files.read('/etc/conf/x'))).toBe('ENOTDIR');
    expect(codeOf(() => files.read('/etc'))).toBe('EISDIR');
    expect(codeOf(() => files.write('/etc/conf', 'x'))).toBe('EACCES');
    expect(codeOf(() => files.write('/tmp/mine', 'x'))).toBe('none');
    expect(codeOf(() => new LayeredFileSystem(layer(), { now: 0 }, { space: new Space(3) }).write('/f', 'four'))).toBe(
      'ENOSPC',
    );
  });

  it('takes names like those of Object.prototype as names', () => {
    const files = new LayeredFileSystem(layer(), { now: 0 });
    files.write('/__proto__', 'a');
    expect(files.stat('/constructor')).toBeUndefined();
    expect(files.list('/')).toContain('__proto__');
  });

  it('counts what is in the tree, whatever is done to it', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'a/b', 'a/c', 'b/a');
    const step = fc.tuple(
      fc.constantFrom('write', 'append', 'mkdir', 'remove', 'rename', 'copy'),
      name,
      name,
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const space = new Space();
        const root = new Directory(new Map(), { space });
        const files = new LayeredFileSystem(root, { now: 0 }, { space });
        for (const [what, one, two, text] of steps) {
          codeOf(() => {
            if (what === 'write') files.write(`/${one}`, text);
            else if (what === 'append') files.write(`/${one}`, text, { append: true });
            else if (what === 'mkdir') files.makeDirectory(`/${one}`);
            else if (what === 'remove') files.remove(`/${one}`, { recursive: true });
            else if (what === 'rename') files.rename(`/${one}`, `/${two}`);
            else files.copy(`/${one}`, `/${two}`);
          });
        }
        const { bytes, inodes } = usage(root);
        expect({ bytes: space.used, inodes: space.inodes + 1 }).toEqual({ bytes, inodes });
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

it('counts UTF-8 bytes as an encoder does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    }),
    { seed: 7, numRuns: 200 },
  );
});

it('resolves paths by name', () => {
  expect(absolutePath('/a/b', '../c/./d//e')).toBe('/a/c/d/e');
  expect(absolutePath('/', '../../x')).toBe('/x');
});
