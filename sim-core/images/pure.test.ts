import { afterEach, expect, it, vi } from 'vitest';
import { TestNode } from '../node/runtime/testing.ts';

const SCRIPT = `f() { echo "$1" | sed s/a/b/; }; x=$(f abc); echo $x $((2*21)); date +%F; printf '%.1f|%5s\\n' 2.5 z
seq 3 | awk '{s+=$1} END {print s}'; echo b a | tr ' ' '\\n' | sort; cat <<END
\${x:-d} \${x%c}
END
printf abc | sha256sum; printf hi | base64; ls /etc | grep pass`;

afterEach(() => vi.unstubAllGlobals());

it('runs images and shell with the clock, Intl, chance and timers of the host gone', () => {
  const refuse = () => {
    throw new Error('the host was asked');
  };
  const trap = new Proxy(refuse, { get: refuse, construct: refuse });
  const node = new TestNode();
  for (const name of [
    'Date',
    'Intl',
    'setTimeout',
    'setInterval',
    'queueMicrotask',
    'TextEncoder',
    'Buffer',
    'structuredClone',
  ]) {
    vi.stubGlobal(name, trap);
  }
  const random = vi.spyOn(Math, 'random').mockImplementation(refuse);
  const result = node.sh(SCRIPT);
  random.mockRestore();
  vi.unstubAllGlobals();
  expect(result.stderr).toBe('');
  expect(result.stdout).toBe(
    'bbc 42\n2026-01-01\n2.5|    z\n6\na\nb\nbbc bb\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -\naGk=\npasswd\n',
  );
});
