import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it, test } from 'vitest';
import { SECOND } from '../../engine/index.ts';
import { TestNode } from '../../node/runtime/testing.ts';

const node = new TestNode();
const sh = (script: string, limit?: number) => node.sh(script, limit === undefined ? {} : { limit });

/** Scripts whose output and exit code are those of the machine's own POSIX shell. */
const SAME_AS_REAL = [
  'echo hello; echo "a  b" c',
  'x="a  b c"; echo $x; echo "$x"; echo ${#x}',
  'echo \'single $x\' "double \\$x \\"q\\"" a\\ b',
  'unset u; echo ${u:-d} ${u-e} ${u:+n}; echo ${u:=set} $u; e=; echo "[${e:-x}] [${e-x}] [${e+y}]"',
  'f=/a/b/c.tar.gz; echo ${f##*/} ${f#*/} ${f%.*} ${f%%.*} ${f%/*}',
  'p="a*b"; x="a*bc"; echo "${x#"$p"}"; echo "${x#$p}"',
  'echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((-7/2)) $((7%3)) $((1<<10)) $((5>3)) $((5==3)) $((0x1f)) $((010))',
  'i=5; echo $((i+1)) $((i*i)) $((i>3?1:0)); i=$((i+1)); echo $i; : $((i+=4)); echo $i',
  'echo $(echo a; echo b) "$(printf "x\\n\\n")" `echo tick`',
  'for i in 1 2 3; do echo $i; done; for w in "a b" c; do echo "<$w>"; done',
  'i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done; until [ $i -eq 0 ]; do i=$((i-1)); done; echo $i',
  'for i in 1 2 3 4 5; do [ $i -eq 2 ] && continue; [ $i -eq 4 ] && break; echo $i; done',
  'for i in 1 2; do for j in 1 2; do [ $j = 2 ] && continue 2; echo $i$j; done; done',
  'case abc in a*) echo yes;; *) echo no;; esac; case x in a|x) echo ax;; esac; case "*" in \\*) echo star;; esac',
  'case 7 in [0-5]) echo low;; [6-9]) echo high;; esac; case z in [!a-y]) echo not;; esac',
  'if false; then echo a; elif true; then echo b; else echo c; fi; if ! true; then echo d; fi; echo $?',
  'f() { echo "f $1 $#"; return 3; }; f x y; echo $?; f',
  'fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1-1))))); fi; }; fact 6',
  'set -- a "b c" d; echo $# "$2"; for x; do echo "[$x]"; done; shift; echo "$@"; echo "$*"',
  'set -- a "b c"; for x in "$@"; do echo "<$x>"; done; for x in $@; do echo "<$x>"; done; IFS=-; echo "$*"',
  'set --; for x in "$@"; do echo never; done; echo "[$*]" $#',
  'IFS=:; p="a:b::c"; set -- $p; echo $#; for x in $p; do echo "<$x>"; done',
  'echo a | cat | tr a b; echo one two | { read x y; echo "$y $x"; }; echo x | while read l; do echo "got $l"; done',
  'true && echo and || echo or; false && echo and || echo or; false || false; echo $?',
  '{ echo out; echo err >&2; } 2>&1 | sort',
  'cat <<EOF\nvalue $((1+1)) $(echo sub) `echo t` \\$x\nEOF',
  "cat <<'EOF'\nraw $x `y`\nEOF",
  'cat <<-EOF\n\tindented\n\t\tmore\n\tEOF',
  'x=outer; (x=inner; echo $x); echo $x; { x=group; }; echo $x',
  'exit 7',
  'false; echo $?; (exit 5); echo $?',
  'set -e; true; false; echo unreachable',
  'set -e; if false; then :; fi; false || true; ! true; echo reached; false; echo no',
  'set -e; f() { false; echo in-f; }; f && echo yes; f || true; echo end',
  'trap "echo bye" EXIT; echo hi; exit 3',
  'trap "echo got" TERM; kill -TERM $$; echo after',
  'x=$(false); echo $?; x=$(exit 4); echo $?; y=1 x=2; echo $x$y',
  'A=1 sh -c "echo \\$A"; A=2; export A; sh -c "echo \\$A"; B=3; sh -c "echo [\\$B]"',
  'eval "x=5; echo \\$x"; eval echo a "b  c"',
  'printf "%s-%d|%5s|%-5s|%05d|%x|%o\\n" a 42 r l 7 255 8; printf "%s\\n" one two three; printf "%%\\n"; printf "%.2f\\n" 3.14159',
  'echo "a b c" | cut -d" " -f2; printf "b\\na\\nc\\n" | sort -r; printf "1\\n10\\n9\\n" | sort -n; printf "a\\na\\nb\\n" | uniq -c | tr -s " "',
  'printf "x=1\\ny=2\\n" | sed "s/=/: /"; printf "a\\nb\\nc\\n" | sed -n 2p; printf "a\\nb\\nc\\n" | sed "1d;3d"; echo abc | sed "s/\\(b\\)/[\\1]/"',
  'printf "1 a\\n2 b\\n" | awk "{print \\$2, \\$1}"; printf "1\\n2\\n3\\n" | awk "{s+=\\$1} END {print s, NR}"; echo a:b | awk -F: "{print \\$2}"',
  'printf "foo\\nbar\\nbaz\\n" | grep ba; printf "a1\\nb2\\n" | grep -v a; printf "x\\n" | grep -q y; echo $?; printf "aXb\\n" | grep -io x; printf "a\\nb\\n" | grep -c .',
  'seq 3; seq 2 4; seq 1 2 7; seq 5 | head -2; seq 5 | tail -2; seq 3 | wc -l | tr -d " "',
  'yes | head -3; yes no | head -n 1',
  '[ a = a ] && echo 1; [ 1 -lt 2 -a 3 -gt 2 ] && echo 2; [ -z "" ] && echo 3; [ ! -e /nope ] && echo 4; [ -d / ] && echo 5; test 1 -eq 2; echo $?',
  'readonly r=1; echo $r; unset nothing; echo ok',
  'x=1; x=${x}2; echo "${x}3" $x"4"; echo ${x:+"q q"}',
  'echo "$((2**0 ? 1 : 1))" 2>/dev/null || echo no',
  'command -v echo; command -v nosuchthing; echo $?; type true >/dev/null && echo typed',
  'a=1; b=2; echo "$a$b" ${a}${b} "${a}-${b}"; echo "a"\'b\'c; echo ""; echo "" x',
  'f() { local v=in; echo $v; }; v=out; f; echo $v',
  'while read a b; do echo "$b,$a"; done <<EOF\n1 2 3\n4 5\nEOF',
  'printf "no newline"; printf "a\\tb\\n"; echo; echo -n x; echo y',
  'sleep 0 & wait; echo waited; (exit 9) & wait $!; echo $?',
  'x=5; echo $x >/tmp/jotasu-t; read y </tmp/jotasu-t; echo $y; echo more >>/tmp/jotasu-t; cat /tmp/jotasu-t; rm /tmp/jotasu-t',
  'exec 3>&1; echo to3 >&3; exec 3>&-; echo done',
  'set -u; echo ${x-unset}; x=1; echo $x',
  'for i in a b; do echo $i; done | while read x; do echo "<$x>"; done; echo $?',
  'echo *.nomatch; echo "/et"*"c"; cd /; for d in et?; do echo $d; done',
  "getopt() { while getopts 'ab:' o; do echo $o $OPTARG; done; shift $((OPTIND-1)); echo $1; }; getopt -a -b val rest",
  'basename /a/b.txt .txt; dirname /a/b/c; dirname x; basename /',
  'x="1 2 3"; set -- $x; echo $3; echo $(( $1 + $2 ))',
  'printf "%s\\n" "$(printf "a\\nb")"; echo $(printf "a\\nb")',
  'true | false; echo $?; false | true; echo $?; ! false | false; echo $?',
  'if [ "$(echo x)" = x ]; then echo eq; fi; [ "a" != "b" ] && echo ne',
  'n=0; while :; do n=$((n+1)); if [ $n -gt 5 ]; then break; fi; done; echo $n',
  'printf "x\\n" | sed "i\\    a:\\n      b: 5"; printf "x\\n" | sed "a\\  y"; printf "x\\n" | sed "1a y\\tz"; printf "x\\n" | sed "c\\\n  two\\\nthree"',
  'printf "a b\\nc d\\n" | xargs -L1 echo x; printf "a b\\nc\\n" | xargs -L 2 echo; printf "a\\nb\\n" | xargs -P 2 -I{} echo "<{}>" | sort; printf "a b\\nc" | xargs -d "\\n" -n1 echo',
  'printf "a.b*c" | xargs -d "*" -n1 echo; printf "a.b.c" | xargs -d . echo; printf "a||b|" | xargs -d "|" -n1 echo "<>"; printf "a\\tb c" | xargs -d "\\t" -n1 echo; printf "a\\\\b" | xargs -d "\\\\" -n1 echo',
  'printf "a b\\0c\\nd\\0" | xargs -0 -I{} echo "<{}>"; printf "a b\\0c" | xargs -d "\\0" -n1 echo; printf "axb" | xargs -d"\\x78" -n1 echo; printf "a,b" | xargs --delimiter=, -I% echo "[%]"',
  'echo a | xargs -d ab echo 2>/dev/null; echo $?; echo a | xargs -d "\\q" echo 2>/dev/null; echo $?; printf "a^b" | xargs -d^ -L1 echo x',
  'echo hi | tee /dev/null | cat; echo abc | sed -e s/a/x/ -e s/c/z/; printf "c b a\\n" | xargs -n 1 echo',
];

describe('as the POSIX shell of the machine', () => {
  it.each(SAME_AS_REAL)('%s', (script) => {
    const real = spawnSync('sh', ['-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH } });
    const ours = sh(script);
    expect({ stdout: ours.stdout, code: ours.code }).toEqual({ stdout: real.stdout, code: real.status });
  });
});

describe('messages of busybox ash', () => {
  it.each([
    ['foo', 127, 'sh: foo: not found\n'],
    ['/nope/foo', 127, 'sh: /nope/foo: not found\n'],
    ['/etc/passwd', 126, 'sh: /etc/passwd: Permission denied\n'],
    ['cat /x', 1, "cat: can't open '/x': No such file or directory\n"],
    ['echo x > /no/where', 1, "sh: can't create /no/where: nonexistent directory\n"],
    ['cat < /no', 1, "sh: can't open /no: no such file\n"],
    ['cd /no', 1, "sh: cd: can't cd to /no: No such file or directory\n"],
    ['set -u; echo $x', 2, 'sh: x: parameter not set\n'],
    ['echo ${x:?gone}', 2, 'sh: x: gone\n'],
    ['echo $((1/0))', 2, 'sh: divide by zero\n'],
    ['fi', 2, 'sh: syntax error: unexpected "fi"\n'],
    ['[ 1 -eq', 2, 'sh: missing ]\n'],
    ['[ a -eq 1 ]', 2, 'sh: a: bad number\n'],
    ['ls /no', 1, 'ls: /no: No such file or directory\n'],
    ['kill 999', 1, "sh: kill: can't kill pid 999: No such process\n"],
    ['mkdir /a/b', 1, "mkdir: can't create directory '/a/b': No such file or directory\n"],
  ])('%s', (script, code, stderr) => {
    const result = sh(script);
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code, stderr });
  });
});

describe('virtual time', () => {
  it('sleeps, in order, and in the background', () => {
    const loop = sh('for i in 1 2 3; do date +%s; sleep 10; done');
    const seconds = loop.stdout.trim().split('\n').map(Number);
    expect(seconds.map((second) => second - seconds[0]!)).toEqual([0, 10, 20]);
    expect(loop.time / SECOND).toBeGreaterThanOrEqual(30);
    const both = sh('sleep 5 & sleep 7 & wait; echo done');
    expect(Math.floor(both.time / SECOND)).toBe(7);
  });

  it('waits for a foreground command before it runs a trap, but not for wait', () => {
    const id = node.start('busybox', { command: ['sh', '-c', 'trap "echo trapped; exit 0" TERM; sleep 100 & wait'] });
    node.pass(SECOND);
    const before = node.engine.now;
    node.run(node.runtime.stopContainer(id, 30));
    expect(node.logs(id)).toEqual(['trapped']);
    expect(node.engine.now - before).toBeLessThan(SECOND);
    const slow = node.start('busybox', {
      command: ['sh', '-c', 'trap "echo trapped; exit 0" TERM; sleep 20; echo never'],
    });
    node.pass(SECOND);
    const from = node.engine.now;
    node.run(node.runtime.stopContainer(slow, 30));
    expect(node.logs(slow)).toEqual(['trapped']);
    expect(Math.round((node.engine.now - from) / SECOND)).toBe(19);
  });

  it('cannot be hung by a loop that never waits', () => {
    const result = sh('while true; do :; done', 3600 * SECOND);
    expect(result.code).toBeUndefined();
    expect(result.time).toBeGreaterThan(3000 * SECOND);
  });

  it('ends a fork bomb and endless recursion with a message', () => {
    expect(sh('f() { f; }; f').stderr).toContain('maximum nesting');
    const bomb = sh('b() { b | b & }; b; sleep 1000; echo alive', 2000 * SECOND);
    expect(bomb.stderr).toContain("can't fork");
  });

  it('kills a pipe whose reader has gone, and holds back one whose reader is slow', () => {
    expect(sh('yes | sleep 3; echo $?').stdout).toBe('0\n');
    expect(sh('(while true; do echo line; done) | head -n 2').stdout).toBe('line\nline\n');
  });
});

describe('interactive', () => {
  it('prompts, echoes, edits the line, and survives ^C', () => {
    const id = node.start('busybox', { command: ['sleep', '1000000'] });
    let screen = '';
    let code: number | undefined;
    const session = node.runtime.exec(id, ['sh'], {
      tty: true,
      stdin: true,
      stdout: { write: (text) => (screen += text) },
      onEnd: (end) => {
        code = 'exitCode' in end ? end.exitCode : -1;
      },
    });
    const type = (keys: string, time = SECOND) => {
      session.write(keys);
      node.pass(time);
    };
    node.pass(SECOND);
    expect(screen).toBe('/ # ');
    type('ecko\x7f\x7fho hi\r');
    expect(screen).toContain('hi\r\n/ # ');
    screen = '';
    type('sleep 100\r');
    type('\x03');
    expect(screen).toBe('sleep 100\r\n^C\r\n/ # ');
    screen = '';
    type('echo $?\r');
    expect(screen).toBe('echo $?\r\n130\r\n/ # ');
    screen = '';
    type('\x1b[A\r');
    expect(screen).toBe('echo $?\r\n0\r\n/ # ');
    screen = '';
    type('for i in 1 2\r');
    type('do echo $i; done\r');
    expect(screen).toBe('for i in 1 2\r\n> do echo $i; done\r\n1\r\n2\r\n/ # ');
    type('cd /etc\r');
    screen = '';
    type('fals\x03');
    expect(screen).toBe('fals^C\r\n/etc # ');
    type('exit 4\r');
    expect(code).toBe(4);
  });

  it('completes commands and files with Tab, and lists what there is to choose from', () => {
    const id = node.start('busybox', { command: ['sleep', '1000000'] });
    let screen = '';
    const session = node.runtime.exec(id, ['sh'], {
      tty: true,
      stdin: true,
      stdout: { write: (text) => (screen += text) },
      onEnd: () => {},
    });
    const type = (keys: string) => {
      screen = '';
      session.write(keys);
      node.pass(SECOND);
      return screen;
    };
    node.pass(SECOND);
    type('mkdir -p /srv/shop/pages; touch /srv/shop/one.txt /srv/shop/other.txt\r');
    expect(type('hostn\t')).toBe('hostname ');
    type('\x15');
    expect(type('ls /srv/sh\tp\t')).toBe('ls /srv/shop/pages/');
    type('\x15');
    expect(type('cat /srv/shop/o\tn\t')).toBe('cat /srv/shop/o\r\none.txt  other.txt\r\n/ # cat /srv/shop/one.txt ');
    expect(type('\x15\t')).toContain('\x07');
    expect(type('ls /nowhere/\t')).toBe('ls /nowhere/\x07');
  });

  it('reads commands from a pipe as they come', () => {
    const id = node.start('busybox', { command: ['sleep', '1000000'] });
    let out = '';
    const session = node.runtime.exec(id, ['sh'], {
      tty: false,
      stdin: true,
      stdout: { write: (text) => (out += text) },
      onEnd: () => {},
    });
    session.write('echo one\nread x\nvalue\necho $x\n');
    session.closeInput();
    node.pass(SECOND);
    expect(out).toBe('one\nvalue\n');
  });
});

it('compares with a real shell at all', () => {
  expect(execFileSync('sh', ['-c', 'echo $((1+1))'], { encoding: 'utf8' })).toBe('2\n');
});

test('busybox: owners, rights below a directory, several patterns, processes by name, a command alone in its shell', () => {
  const run = (script: string) => sh(script).stdout;
  expect(run('mkdir -p /d/e; touch /d/e/f; chown -R nobody:65534 /d; chmod -R 700 /d; stat -c "%u %a" /d/e/f')).toMatch(
    /^65534 700\n$/,
  );
  expect(sh('chown nosuch /tmp').stderr).toBe('chown: unknown user nosuch\n');
  expect(run('printf "a\\nb\\nc\\n" | grep -e a -e b')).toBe('a\nb\n');
  expect(
    run(
      'sleep 100 & sleep 200 & pidof sleep; pgrep -f "^sleep 200"; pkill -f "^sleep 100"; sleep 1; pgrep -l sleep; killall sleep',
    ),
  ).toBe('3 2\n3\n3 sleep\n');
  expect(sh('killall sleep').stderr).toBe('killall: sleep: no process killed\n');
  const id = node.start('busybox', { command: ['sh', '-c', 'sleep 1h'] });
  node.pass(SECOND);
  expect(node.run(node.runtime.execSync(id, ['cat', '/proc/1/cmdline'], 0)).stdout).toBe('sleep\x001h\x00');
});

test('Debian: /bin is /usr/bin', () => {
  const id = node.start('debian:12', { command: ['/bin/sleep', '100'] });
  const { stdout } = node.run(
    node.runtime.execSync(id, ['/bin/bash', '-c', 'ls -d /bin; /bin/cat /etc/debian_version'], 0),
  );
  expect(stdout).toBe('/bin\n12.11\n');
});
