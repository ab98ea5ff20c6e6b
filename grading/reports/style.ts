/** The look of reports: the site's paper, ink and state colours, light and dark, and on paper. No fonts are fetched. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fbf9f4;--raised:#fff;--sunk:#f4f0e7;--ink:#1c2630;--soft:#47525d;--faint:#626c76;--line:#e2dccf;--accent:#0b5c86;--accent-wash:#e1edf3;
--ok:#009e73;--ok-ink:#00694c;--ok-wash:#ddf2ea;--bad:#d55e00;--bad-ink:#a34700;--bad-wash:#fbe8da;--warn:#b87d00;--warn-ink:#835900;--warn-wash:#fbf0d5;--none:#8b939a;--none-ink:#5a636c;--none-wash:#efece4;
--code:ui-monospace,"SF Mono",Menlo,Consolas,"Nanum Gothic Coding",D2Coding,monospace}
@media screen and (prefers-color-scheme:dark){:root{--paper:#14181d;--raised:#1b2127;--sunk:#101418;--ink:#e9e5dc;--soft:#bfc4c8;--faint:#98a1a9;--line:#2b333b;--accent:#6cbde8;--accent-wash:#17303f;
--ok:#1fb88a;--ok-ink:#4fd0a8;--ok-wash:#11352a;--bad:#f0812f;--bad-ink:#f79a57;--bad-wash:#3d2413;--warn:#e69f00;--warn-ink:#f0b73f;--warn-wash:#382c12;--none:#78828b;--none-ink:#a8b0b8;--none-wash:#20272e}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.65 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif}
:lang(ko){word-break:keep-all;overflow-wrap:anywhere;line-height:1.75}
main,.top,footer{max-width:62rem;margin-inline:auto;padding-inline:clamp(1rem,4vw,2rem)}
.top{display:flex;flex-wrap:wrap;gap:.5rem 1rem;justify-content:space-between;padding-top:1.25rem;font-size:.875rem;color:var(--faint)}
.top nav{display:flex;flex-wrap:wrap;gap:.25rem .5rem}
a{color:var(--accent);text-underline-offset:.2em;text-decoration-thickness:1px}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
main{padding-block:1.5rem 2rem}
footer{padding-block:1rem 2.5rem;color:var(--faint);font-size:.8125rem}
h1{margin:.25rem 0 .5rem;font-size:clamp(1.625rem,1.2rem + 2vw,2.25rem);line-height:1.2;letter-spacing:-.02em;text-wrap:balance}
h2{margin:2.75rem 0 1rem;font-size:1.25rem;letter-spacing:-.01em}
h3{margin:0;font-size:1rem;line-height:1.5}
p{margin:.5rem 0;max-width:46rem}
code,pre,.code{font-family:var(--code);font-size:.875em}
.kicker{margin:0;color:var(--accent);font-size:.875rem;font-weight:600}
.lead{color:var(--soft)}
.faint{color:var(--faint);font-size:.875rem}
.number{font-variant-numeric:tabular-nums;text-align:end;white-space:nowrap}
.facts{display:flex;flex-wrap:wrap;gap:1px;margin:1.5rem 0 0;padding:0;overflow:hidden;border:1px solid var(--line);border-radius:.625rem;background:var(--line)}
.facts div{flex:1 1 8.5rem;padding:.875rem 1.125rem;background:var(--raised)}
.facts dt{color:var(--faint);font-size:.8125rem}
.facts dd{margin:.125rem 0 0;overflow-wrap:anywhere;font-size:1.125rem;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.4}
.facts dd small{color:var(--faint);font-size:.8125rem;font-weight:400}
.score{display:grid;grid-template-columns:auto 1fr;gap:1rem 1.75rem;align-items:center;margin-top:1.5rem;padding:1.25rem 1.5rem;border:1px solid var(--line);border-radius:.75rem;background:var(--raised)}
.score .sum{font-size:2.5rem;font-weight:750;letter-spacing:-.03em;line-height:1.1;font-variant-numeric:tabular-nums}
.score .sum small{color:var(--faint);font-size:1.25rem;font-weight:500;letter-spacing:0}
.score p{margin:0 0 .5rem}
svg{display:block;max-width:100%}
.bar{width:100%;height:.5rem;border-radius:99px}
.bar.tall{height:.75rem}
.track{fill:var(--none-wash)}.fill-ok{fill:var(--ok)}.fill-bad{fill:var(--bad)}.fill-none{fill:var(--none)}.fill-warn{fill:var(--warn)}.fill-accent{fill:var(--accent)}
.chart{width:100%;max-width:46rem;height:auto}
.chart text{fill:var(--soft);font:12px system-ui,sans-serif}.chart .axis{stroke:var(--line);stroke-width:1}.chart .value{fill:var(--ink);font-weight:600}
.note{margin:1rem 0;padding:.75rem 1.125rem;border-inline-start:4px solid var(--warn);border-radius:.25rem .5rem .5rem .25rem;background:var(--warn-wash)}
.note.bad{border-color:var(--bad);background:var(--bad-wash)}
.note.plain{border-color:var(--accent);background:var(--accent-wash)}
.note p{margin:.25rem 0}
.checks{display:grid;gap:.75rem;margin:0;padding:0;list-style:none}
.checks>li{display:grid;grid-template-columns:1.75rem 1fr auto;gap:.125rem .75rem;padding:1rem 1.25rem;border:1px solid var(--line);border-radius:.625rem;background:var(--raised);break-inside:avoid}
.checks .found{grid-column:2/-1;margin:.25rem 0 0;color:var(--soft)}
.mark{display:inline-grid;place-items:center;width:1.5rem;height:1.5rem;border-radius:50%;font-size:.875rem;font-weight:700;line-height:1}
.mark.passed{background:var(--ok-wash);color:var(--ok-ink)}.mark.failed{background:var(--bad-wash);color:var(--bad-ink)}.mark.not-run{background:var(--none-wash);color:var(--none-ink)}
.state{color:var(--faint);font-size:.8125rem;font-weight:400}
.points{font-variant-numeric:tabular-nums;white-space:nowrap;font-weight:600}
.timeline{margin:0;padding:0;list-style:none}
.timeline li{display:grid;grid-template-columns:4.25rem 1fr auto;gap:.75rem;padding:.3rem 0 .3rem 1rem;border-inline-start:2px solid var(--line);position:relative;break-inside:avoid}
.timeline li::before{content:"";position:absolute;inset-inline-start:-5px;top:.9rem;width:8px;height:8px;border-radius:50%;background:var(--line)}
.timeline .command::before{background:var(--accent)}.timeline .bad::before{background:var(--bad)}
.timeline time{color:var(--faint);font-size:.8125rem;font-variant-numeric:tabular-nums;line-height:1.9}
.timeline code{overflow-wrap:anywhere;white-space:pre-wrap}
.timeline .exit{color:var(--bad-ink);font-size:.8125rem}
.timeline .broke{margin:.25rem 0;border-inline-start-color:var(--bad);border-radius:0 .5rem .5rem 0;background:var(--bad-wash)}
.timeline .broke::before{background:var(--bad);width:12px;height:12px;inset-inline-start:-7px;top:.75rem}
.scroll{overflow-x:auto;margin-inline:-.25rem;padding-inline:.25rem}
.scroll table{width:max-content;min-width:100%}
.scroll th[scope=row]{position:sticky;inset-inline-start:-.25rem;max-width:min(16rem,42vw);background:var(--paper)}
.scroll td:not(.number){max-width:30rem;overflow-wrap:anywhere}
.scroll table.prose{width:100%;min-width:38rem}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
caption{padding-bottom:.5rem;color:var(--faint);font-size:.875rem;text-align:start}
th,td{padding:.5rem .75rem;border-bottom:1px solid var(--line);text-align:start;vertical-align:top}
thead th{color:var(--faint);font-size:.8125rem;font-weight:600;white-space:nowrap}
tbody th{font-weight:600}
th.number,td.number{text-align:end}
.wide{min-width:9rem}
td.wash-ok{background:var(--ok-wash);color:var(--ok-ink)}td.wash-mid{background:var(--warn-wash);color:var(--warn-ink)}td.wash-bad{background:var(--bad-wash);color:var(--bad-ink)}td.wash-none{color:var(--faint)}
td a{color:inherit}
.tag{display:inline-block;padding:0 .5em;border-radius:99px;background:var(--none-wash);color:var(--none-ink);font-size:.8125rem;white-space:nowrap}
.tag.bad{background:var(--bad-wash);color:var(--bad-ink)}.tag.warn{background:var(--warn-wash);color:var(--warn-ink)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:1rem}
.card{padding:1.125rem 1.25rem;border:1px solid var(--line);border-radius:.75rem;background:var(--raised);break-inside:avoid}
.card p{margin:.375rem 0}
details{margin-top:.75rem}summary{color:var(--accent);cursor:pointer;font-weight:600}
pre{margin:.5rem 0;padding:.75rem 1rem;overflow-x:auto;border-radius:.5rem;background:var(--sunk);line-height:1.5}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:.75rem}
mark{border-radius:2px;background:var(--warn-wash);color:inherit}
@media (max-width:34rem){.chart text{font-size:22px}.score{grid-template-columns:1fr}.checks>li{padding:.875rem 1rem}.timeline li{grid-template-columns:3.25rem 1fr;gap:.5rem}.timeline .exit{grid-column:2}}
@media print{:root{color-scheme:light;--paper:#fff;--raised:#fff;--ink:#000;--soft:#222;--faint:#444}body{font-size:10.5pt}.top,.twin{display:none}main{padding:0;max-width:none}a{color:inherit;text-decoration:none}.checks>li,.card,.score,.facts{border-color:#bbb}svg,.mark,.note,td,.tag{print-color-adjust:exact;-webkit-print-color-adjust:exact}h2{break-after:avoid}details>summary{display:none}}
`;
