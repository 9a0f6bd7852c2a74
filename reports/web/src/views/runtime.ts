// What the runtime executed, in its order, and the remainder: all measured time stands in some row here.
import { add, h } from "../dom";
import * as format from "../format";
import { exactRange, intervalOf, rangeText, rateText } from "../prediction";
import { parseQuery } from "../query";
import type { Num, Report, RuntimeRow } from "../schema";
import { nodeLabel, type Store } from "../store";
import { Table, type Column } from "../table";
import { boundName } from "../theme";

export function runtimeView(store: Store): { section: HTMLElement; table: Table<RuntimeRow> | null } {
  const { report } = store;
  const section = h("section", { class: "card wide", id: "runtime" }, h("h2", {}, "Executed nodes"));
  if (report.runtime.length === 0) {
    const { reason, advice, status } = report.measurement;
    section.append(h("p", { class: "empty" }, `The runtime was not asked: ${[reason || status, advice].filter((text) => text !== "").join(". ")}`));
    return { section, table: null };
  }
  const measured = report.runtime.some((row) => row.measured_us !== null);
  const status = h("p", { class: "note", "aria-live": "polite" });
  const columns = columnsOf(report, measured);
  const all = withRemainder(report);
  const remainder = all.length > report.runtime.length ? ", the remainder included" : "";
  const table = new Table<RuntimeRow>(
    {
      id: "runtime-table",
      label: "Executed nodes: arrow keys move, Enter opens a row",
      rows: all,
      columns,
      sort: { column: measured ? "measured_us" : "runtime_index", descending: measured },
      chosen: (row) => store.selection.runtime.has(row.row),
      marked: (row) => (row.op_type === "remainder" ? "remainder" : row.rows.length === 0 ? "uncovered" : ""),
      onChoose: (row) => (row.op_type === "remainder" ? store.clear("runtime") : store.selectRuntime(row.row, "runtime")),
      open: (row) => details(store, row),
    },
    (shown, of) => (status.textContent = `${shown === of ? "" : `${shown.toLocaleString("en-US")} of `}${format.plural(of, "row")}${remainder}.`),
  );
  const fields = new Map(columns.map((column) => [column.name, column.value]));
  const text = (row: RuntimeRow): string => `${row.runtime_node}\n${row.op_type}\n${row.fusion}\n${row.join}`.toLowerCase();
  const search = h("input", { type: "search", id: "runtime-search", placeholder: "Search: Conv measured_us>1000", "aria-label": "Search executed nodes", spellcheck: "false" });
  search.addEventListener("input", () => table.filter(parseQuery(search.value, { text, fields })));
  store.subscribe((selection) => {
    const first = selection.runtime.values().next().value;
    if (selection.origin !== "runtime" && first !== undefined) table.reveal(first);
    else table.repaint();
  });
  section.append(h("div", { class: "bar filters" }, search), status, table.element);
  return { section, table };
}

/// The measured time that no row above explains: between nodes, and in nodes that were not joined.
function withRemainder(report: Report): RuntimeRow[] {
  const remainder = report.totals.remainder_us;
  if (remainder === null || report.runtime.some((row) => row.op_type === "remainder")) return report.runtime;
  return [
    ...report.runtime,
    {
      row: report.runtime.length, runtime_index: report.runtime.length, runtime_node: "remainder", op_type: "remainder", domain: "", provider: "",
      rows: [], shares: [], fusion: "", join: "end-to-end latency minus what is joined to nodes of the file", flops: null, compulsory_bytes: null,
      arithmetic_intensity: null, bound: "", predicted_us: null, measured_us: remainder, measured_mad_us: null,
    },
  ];
}

function columnsOf(report: Report, measured: boolean): Column<RuntimeRow>[] {
  const number = (name: string, title: string, help: string, width: number, value: (row: RuntimeRow) => Num, show: (value: number) => string, unit: string): Column<RuntimeRow> => ({
    name, title, help, width, numeric: true, initially: true, value,
    show: (row) => { const v = value(row); return v === null ? "" : show(v); },
    exact: (row) => { const v = value(row); return v === null ? "unknown" : format.exact(v, unit); },
  });
  const text = (name: string, title: string, help: string, width: number, value: (row: RuntimeRow) => string, grow = false): Column<RuntimeRow> => ({
    name, title, help, width, initially: true, grow, value,
    show: (row) => format.shorten(value(row), format.longest.cell), exact: (row) => format.shorten(value(row), format.longest.hover),
  });
  const times = [
    number("measured_us", "Measured", "Median time in the runtime's profile, corrected for profiling", 92, (row) => row.measured_us, format.time, "µs"),
    number("measured_mad_us", "± MAD", "Median absolute deviation", 80, (row) => row.measured_mad_us, format.time, "µs"),
  ];
  const reached = [
    number("efficiency", "Of roof", "Time at the roof divided by the measured time", 76, (row) => row.efficiency ?? null, format.percent, ""),
    number("gap_us", "Gap", "Won at the roof: measured time minus the time at the roof", 84, (row) => row.gap_us ?? null, format.time, "µs"),
  ];
  const believed: Column<RuntimeRow>[] = [
    { name: "predicted_high_us", title: "90% interval", help: "The node takes so long in nine cases of ten; sorted by its upper end", width: 128, numeric: true, initially: true,
      value: (row) => row.predicted_high_us ?? null,
      show: (row) => { const interval = intervalOf(row); return interval ? rangeText(interval) : ""; },
      exact: (row) => { const interval = intervalOf(row); return interval ? exactRange(interval) : "unknown"; } },
    text("rate_class", "Rates", "The kind of kernel whose calibrated rates predicted it", 150, rateText(report)),
  ];
  return [
    number("runtime_index", "#", "Order of execution", 64, (row) => row.runtime_index, String, ""),
    text("runtime_node", "Executed node", "Name in the runtime's profile", 260, (row) => row.runtime_node || `(nameless ${row.op_type})`, true),
    text("op_type", "Op", "Operator that was executed", 170, (row) => row.op_type),
    ...(measured ? times : []),
    ...(measured ? reached : []),
    number("predicted_us", "Predicted", report.prediction ? "Time by the calibrated rates of its kind of kernel" : "Time by the roofline", 92, (row) => row.predicted_us, format.time, "µs"),
    ...(report.prediction ? believed : []),
    number("flops", "FLOPs", "Floating-point operations of the executed op", 100, (row) => row.flops, format.flops, "FLOP"),
    number("compulsory_bytes", "Compulsory", "Each distinct byte touched once", 96, (row) => row.compulsory_bytes, format.bytes, "B"),
    text("bound", "Bound", "What limits the node", 82, (row) => (row.op_type === "remainder" ? "" : boundName[row.bound])),
    number("rows", "Nodes", "Nodes of the file that it computes", 64, (row) => row.rows.length, String, ""),
    text("fusion", "Fused by", "The runtime's name for the fusion that made it", 170, (row) => row.fusion ?? ""),
    text("join", "Joined by", "How it was joined to nodes of the file", 170, (row) => row.join),
  ];
}

function details(store: Store, row: RuntimeRow): HTMLElement {
  const panel = h("div", { class: "panel" });
  if (row.op_type === "remainder") {
    const beyond = (row.measured_us ?? 0) < 0;
    panel.append(h("p", {}, beyond
      ? "Negative: nodes are timed in profiled runs, and those of this run add up to more than the latency without profiling. It is noise, and there is no time between nodes to be seen."
      : "Measured end to end, but in no node of the file: the runtime's own work between nodes, and executed nodes that were joined to none."));
    return panel;
  }
  const facts = h("dl", { class: "facts" });
  const fact = (name: string, ...content: (Node | string | null)[]): void => {
    const cell = h("dd");
    add(cell, content);
    facts.append(h("dt", {}, name), cell);
  };
  fact("executed node", h("code", {}, format.shorten(row.runtime_node, format.longest.hover) || "(nameless)"), ` · ${row.domain ? `${row.domain}/` : ""}${row.op_type}${row.provider ? ` on ${row.provider}` : ""}`);
  if (row.fusion) fact("fused by", row.fusion);
  fact("joined by", row.join || "not joined");
  const list = h("ul");
  for (const [place, index] of row.rows.slice(0, 200).entries()) {
    const node = store.report.nodes[index];
    if (!node) continue;
    list.append(h("li", {}, h("button", { type: "button", class: "link", onclick: () => store.selectNode(index, "details") }, format.shorten(nodeLabel(store.report, index), format.longest.cell)),
      ` ${node.op_type}`, part(row, place)));
  }
  if (row.rows.length > 200) list.append(h("li", {}, `and ${row.rows.length - 200} more`));
  fact("computes", row.rows.length > 0 ? list : "no node of the file");
  panel.append(facts);
  return panel;
}

/// What a member gets of its region's time.
function part(row: RuntimeRow, place: number): string {
  const share = row.shares?.[place];
  if (share === undefined) return "";
  return row.measured_us === null ? `, ${format.percent(share)} of it` : `, ${format.time(share * row.measured_us)} (${format.percent(share)}) of it`;
}
