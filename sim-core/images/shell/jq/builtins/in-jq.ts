import { parseProgram } from '../parser.ts';
import type { Definition } from '../syntax.ts';

/** Builtins that follow from others, in jq itself. */
const IN_JQ = `
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def select(f): if f then . else empty end;
def recurse(f; c): recurse(f | select(c));
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def from_entries: reduce .[] as $e ({}; . + {($e | if .key != null then .key elif .k != null then .k elif .name != null then .name elif .Name != null then .Name elif .Key != null then .Key else "null" end | if type == "string" then . else tojson end): ($e | if has("value") then .value elif has("v") then .v else .Value end)});
def with_entries(f): to_entries | map(f) | from_entries;
def del(f): delpaths([path(f)]);
def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def pick(f): . as $top | reduce path(f) as $p (null; setpath($p; $top | getpath($p)));
def any: reduce .[] as $x (false; . or $x);
def all: reduce .[] as $x (true; . and $x);
def any(f): reduce (.[] | f) as $x (false; . or $x);
def all(f): reduce (.[] | f) as $x (true; . and $x);
def any(g; f): reduce (g | f) as $x (false; . or $x);
def all(g; f): reduce (g | f) as $x (true; . and $x);
def in($o): . as $k | $o | has($k);
def inside($o): . as $v | $o | contains($v);
def first: .[0];
def last: .[-1];
def first(f): label $out | (f | ., break $out);
def last(f): reduce f as $x (null; $x);
def nth($n): .[$n];
def nth($n; f): last(limit($n + 1; f));
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w;
def env: $ENV;
def todate: todateiso8601;
def fromdate: fromdateiso8601;
def finites: select(isinfinite or isnan | not);
def abs: if . < 0 then -. else . end;
def toarray: if type == "array" then . else [.] end;
def have_literal_numbers: true;
`;

/** The definitions of `IN_JQ`, for the outermost scope. */
export function standardDefinitions(): Definition[] {
  const found: Definition[] = [];
  for (let node = parseProgram(IN_JQ); node.kind === 'define'; node = node.body) found.push(node.definition);
  return found;
}
