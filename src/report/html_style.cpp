// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

namespace vedette::report {

// SHA-256 of kHtmlStyle in base 64. After a change of the style sheet the test
// `Html.the_policy_names_the_style_sheet_by_its_hash` tells the new one.
const std::string_view kHtmlStyleHash = "2fTaPoFpZ+YGPUQ1Q+X2vaaRg0y/oAVYDJuPx2KlZSg=";

const std::string_view kHtmlStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --line: #e2e1db; --text: #22252a; --soft: #666b73;
  --code: #f2f1ec; --match: #ffe9a8; --link: #2a5db0;
  --critical: #9b1b30; --high: #c8452f; --medium: #b7791f; --low: #3b7ea1; --info: #7d828a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1d2024; --line: #30343a; --text: #e4e5e7; --soft: #9aa0a8;
    --code: #262a2f; --match: #5c4a12; --link: #8ab4f8;
    --critical: #e5566d; --high: #ee7b64; --medium: #d9a441; --low: #62a7c9; --info: #8d939c;
  }
}
* { box-sizing: border-box; }
html { background: var(--page); color: var(--text); }
body {
  margin: 0 auto; max-width: 66rem; padding: 2.5rem 1.25rem 4rem;
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { font-size: 1.6rem; font-weight: 600; letter-spacing: -.01em; margin: 0; }
h2 { font-size: .8rem; font-weight: 600; color: var(--soft); margin: 1.4rem 0 .5rem; }
p { margin: .25rem 0; }
.soft { color: var(--soft); }
code, pre { font: .86em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace; }
code { background: var(--code); border-radius: 4px; padding: .1em .35em; overflow-wrap: anywhere; }
code, pre, .title, .id { unicode-bidi: isolate; }
pre {
  background: var(--code); border-radius: 8px; padding: .75rem .9rem; margin: .4rem 0 0;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
mark { background: var(--match); color: inherit; border-radius: 3px; padding: 0 .1em; }
i { font-style: normal; color: var(--soft); border-bottom: 1px dotted var(--soft); }

.tiles { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: 1.4rem 0 0; }
.tile b { display: block; font-size: 1.45rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .85rem; }

.lanes { margin: 1.8rem 0 0; display: grid; grid-template-columns: auto 1fr; gap: 0 .9rem; }
.lane { font-size: .72rem; line-height: 18px; color: var(--soft); }
.lanes svg { width: 100%; grid-column: 2; grid-row: 1 / span 6; display: block; }
.lanes .ends {
  grid-column: 2; display: flex; justify-content: space-between; gap: 1rem;
  font-size: .72rem; color: var(--soft); margin-top: .3rem;
}
.ends span:last-child { text-align: right; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.b-critical { fill: var(--critical); } .b-high { fill: var(--high); }
.b-medium { fill: var(--medium); } .b-low { fill: var(--low); }
.b-informational { fill: var(--info); }
.bar { opacity: .85; } a:hover .bar, a:focus .bar { opacity: 1; stroke: var(--text); }

.pick { position: absolute; opacity: 0; pointer-events: none; }
label.pick-label {
  display: inline-block; margin: 1.8rem .35rem .9rem 0; padding: .15rem .7rem;
  border: 1px solid var(--line); border-radius: 99px; background: var(--card);
  font-size: .82rem; cursor: pointer; user-select: none;
}
.pick:not(:checked) + label { opacity: .45; text-decoration: line-through; }
.pick:focus-visible + label { outline: 2px solid var(--link); outline-offset: 1px; }
.dot { display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin-right: .45em; }
.d-critical { background: var(--critical); } .d-high { background: var(--high); }
.d-medium { background: var(--medium); } .d-low { background: var(--low); }
.d-informational { background: var(--info); }
#p-critical:not(:checked) ~ main .i-critical, #p-high:not(:checked) ~ main .i-high,
#p-medium:not(:checked) ~ main .i-medium, #p-low:not(:checked) ~ main .i-low,
#p-informational:not(:checked) ~ main .i-informational { display: none; }

.incident {
  background: var(--card); border: 1px solid var(--line); border-left-width: 4px;
  border-radius: 8px; margin: 0 0 .7rem;
}
.i-critical { border-left-color: var(--critical); } .i-high { border-left-color: var(--high); }
.i-medium { border-left-color: var(--medium); } .i-low { border-left-color: var(--low); }
.i-informational { border-left-color: var(--info); }
.incident:target { outline: 2px solid var(--link); outline-offset: 2px; }
summary { cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 6px; }
.incident > summary { padding: .85rem 1.1rem; display: flex; gap: 1rem; align-items: baseline; }
.level { flex: 0 0 5.6rem; font-size: .74rem; font-weight: 700; letter-spacing: .04em; }
.t-critical { color: var(--critical); } .t-high { color: var(--high); }
.t-medium { color: var(--medium); } .t-low { color: var(--low); }
.t-informational { color: var(--info); }
.what { flex: 1; min-width: 0; }
.title { font-weight: 600; overflow-wrap: anywhere; }
.meta { display: block; color: var(--soft); font-size: .83rem; }
.incident > summary::after { content: "+"; color: var(--soft); padding-right: .15rem; }
.incident[open] > summary::after { content: "\2013"; }
.body { padding: 0 1.1rem 1.2rem 7.7rem; }
.body h2:first-child { margin-top: .2rem; }

dl { display: grid; grid-template-columns: 6rem 1fr; gap: .3rem .8rem; margin: 0; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; }
dd code { display: inline-block; margin: 0 .15rem .15rem 0; }
ul { list-style: none; margin: 0; padding: 0; }
.reasons li { padding: .18rem 0; overflow-wrap: anywhere; }
.bits { color: var(--soft); font-size: .78rem; white-space: nowrap; }

.rule { border-top: 1px solid var(--line); }
.rule:last-of-type { border-bottom: 1px solid var(--line); }
.rule > summary { display: flex; gap: .8rem; padding: .4rem .1rem; align-items: baseline; }
.rule > summary::after { content: "+"; color: var(--soft); margin-left: auto; padding-left: .6rem; }
.rule[open] > summary::after { content: "\2013"; }
.rule .count { flex: 0 0 4.2rem; text-align: right; font-variant-numeric: tabular-nums; }
.rule .level { flex-basis: 5.2rem; }
.rule .title { font-weight: 500; }
.finding { margin: .3rem 0 1.1rem; padding-left: .9rem; border-left: 2px solid var(--line); }
.finding .reasons { font-size: .92rem; }
.id { color: var(--soft); font-size: .78rem; overflow-wrap: anywhere; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .83rem; }
.empty { padding: 3rem 0; text-align: center; color: var(--soft); }

@media (max-width: 44rem) {
  body { padding: 1.4rem .8rem 3rem; }
  .incident > summary { flex-direction: column; gap: .15rem; padding: .75rem .9rem; }
  .incident > summary .level { flex: none; }
  .incident > summary { position: relative; }
  .incident > summary::after { position: absolute; right: .9rem; top: .7rem; }
  .body { padding: 0 .9rem 1rem; }
  dl { grid-template-columns: 1fr; gap: 0 0; } dd { margin-bottom: .45rem; }
  .rule > summary { flex-wrap: wrap; gap: .1rem .7rem; }
  .rule .count { flex: none; } .rule .level { flex: none; }
  .rule > summary .name { flex-basis: 90%; order: 3; }
  .rule > summary::after { order: 2; }
  .tiles { gap: .5rem 1.5rem; }
}
@media print {
  html { background: none; } body { max-width: none; padding: 0; }
  label.pick-label { display: none; }
  .incident { break-inside: avoid-page; }
}
)css";

}  // namespace vedette::report
