// Totals per op type as bars in a table, so that they are read, sorted by the eye and printed like text.
import { choice, clear, h } from "../dom";
import * as format from "../format";
import { shorten } from "../format";
import { metricsOf, sum, timeTotal, type Metric } from "../metrics";
import type { Bound, NodeRow, OpRow } from "../schema";
import type { Store } from "../store";
import { boundName, type Themes } from "../theme";

const shown = 12;
const order: readonly Bound[] = ["compute", "memory", "dispatch", "free", ""];

export function opsView(store: Store, themes: Themes): HTMLElement {
  const { report } = store;
  const metrics = metricsOf(report);
  const section = h("section", { class: "card wide", id: "ops" }, h("h2", {}, "By op type"));
  let metric = metrics[0];
  if (!metric) {
    section.append(h("p", { class: "empty" }, "No node has a known cost."));
    return section;
  }
  const rowsOf = new Map<string, NodeRow[]>();
  for (const node of report.nodes) {
    const key = opKey(node);
    const list = rowsOf.get(key);
    if (list) list.push(node);
    else rowsOf.set(key, [node]);
  }
  const body = h("tbody");
  const note = h("p", { class: "note" });
  let all = false;
  const more = h("button", { type: "button", class: "quiet", onclick: () => { all = !all; draw(); } });

  const draw = (): void => {
    const { of, show, exact } = metric as Metric;
    const known = report.ops.filter((op) => of(op) !== null).sort((a, b) => of(b)! - of(a)!);
    const total = (metric as Metric).value === "measured" ? timeTotal(report, metric as Metric) : known.reduce((value, op) => value + of(op)!, 0);
    const largest = known.length > 0 ? of(known[0]!)! : 0; // the remainder's bar is cut off there: it is no op
    clear(body);
    for (const op of all ? known : known.slice(0, shown)) {
      const rows = rowsOf.get(opKey(op)) ?? [];
      const value = of(op)!;
      const select = (): void => store.selectRows(rows.map((row) => row.row), `all ${opName(op)}`, "ops");
      const chosen = rows.length > 0 && rows.every((row) => store.selection.rows.has(row.row));
      const unknown = sum(rows, of).unknown;
      body.append(
        h("tr", { class: chosen ? "chosen" : undefined, "data-op": opName(op) },
          h("th", { scope: "row" }, h("button", { type: "button", class: "link", onclick: select, title: `select all ${op.nodes} ${opName(op)} nodes` }, opName(op))),
          h("td", { class: "number" }, op.nodes.toLocaleString("en-US")),
          h("td", { class: "bars" }, stack(rows, metric as Metric, largest, themes)),
          h("td", { class: "number", title: exact(value) }, show(value), unknown > 0 ? h("span", { class: "unknown", title: `${unknown} nodes of this type have no known value` }, " +?") : null),
          h("td", { class: "number" }, total > 0 ? format.percent(value / total) : ""),
        ),
      );
    }
    const remainder = (metric as Metric).value === "measured" ? report.totals.remainder_us : null;
    if (remainder !== null) body.append(remainderRow(remainder, total, largest, metric as Metric, themes));
    const hidden = known.slice(shown);
    more.hidden = hidden.length === 0;
    more.textContent = all
      ? `Show the first ${shown}`
      : `Show ${hidden.length} more (${format.percent(total > 0 ? hidden.reduce((value, op) => value + of(op)!, 0) / total : 0)} together)`;
    const missing = report.ops.length - known.length;
    note.textContent = missing > 0 ? `${format.plural(missing, "op type")} without a known value: ${report.ops.filter((op) => of(op) === null).map(opName).join(", ")}.` : "";
  };
  const switcher = choice("Op bars show", metrics, metric.value, (value) => {
    metric = metrics.find((candidate) => candidate.value === value);
    draw();
  });
  const head = h("tr", {}, ...["op", "nodes", "", "sum", "share"].map((text, i) => h("th", { scope: "col", class: i === 1 || i > 2 ? "number" : undefined }, text)));
  section.append(h("div", { class: "bar" }, switcher), h("table", { class: "ops" }, h("thead", {}, head), body), more, note);
  store.subscribe(draw);
  themes.onChange(draw);
  draw();
  return section;
}

export const opName = (op: { op_type: string; domain: string }): string =>
  shorten(op.domain && op.domain !== "ai.onnx" ? `${op.domain}/${op.op_type}` : op.op_type, 120);

const opKey = (op: OpRow | NodeRow): string => `${op.domain}/${op.op_type}`;

/// Measured time that belongs to no node, so that the rows sum to the latency.
function remainderRow(us: number, total: number, largest: number, metric: Metric, themes: Themes): HTMLElement {
  const bar = h("span");
  bar.style.width = `${Math.min(100, Math.max(0, (100 * us) / largest))}%`;
  bar.style.backgroundColor = themes.palette.remainder;
  const name = us < 0 ? "timed beyond the latency" : "remainder";
  return h("tr", { class: "remainder" }, h("th", { scope: "row" }, name), h("td"), h("td", { class: "bars" }, h("div", { class: "stack" }, bar)),
    h("td", { class: "number", title: metric.exact(us) }, metric.show(us)), h("td", { class: "number" }, total > 0 ? format.percent(us / total) : ""));
}

/// One bar, in segments by what limits the nodes.
function stack(rows: readonly NodeRow[], metric: Metric, largest: number, themes: Themes): HTMLElement {
  const bar = h("div", { class: "stack" });
  for (const bound of order) {
    const value = sum(rows.filter((row) => row.bound === bound), (row) => metric.of(row)).value;
    if (value <= 0 || largest <= 0) continue;
    const segment = h("span", { title: `${boundName[bound]}: ${metric.show(value)}` });
    segment.style.width = `${(100 * value) / largest}%`;
    segment.style.backgroundColor = themes.palette.bound[bound];
    bar.append(segment);
  }
  return bar;
}
