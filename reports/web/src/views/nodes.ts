// The node table: every node of the file, uncovered ones and views included.
import { h } from "../dom";
import * as format from "../format";
import { timeMetric, timeTotal } from "../metrics";
import { exactRange, nodeInterval, rangeText } from "../prediction";
import { parseQuery, type Queryable } from "../query";
import type { NodeRow, Num, Report } from "../schema";
import { nodeLabel, type Store } from "../store";
import { Table, type Column } from "../table";
import { boundName } from "../theme";
import { opName } from "./ops";
import { nodeDetails } from "./details";

type Format = (value: number) => string;

export function nodesView(store: Store): { section: HTMLElement; table: Table<NodeRow> } {
  const { report } = store;
  const columns = columnsOf(report);
  const timed = report.nodes.some((node) => node.measured_us !== null) ? "measured_us" : "predicted_us";
  const status = h("p", { class: "note", id: "nodes-status", "aria-live": "polite" });
  const table = new Table<NodeRow>(
    {
      id: "nodes-table",
      label: "Nodes of the file: arrow keys move, Enter opens a row",
      rows: report.nodes,
      columns,
      sort: { column: timed, descending: true },
      chosen: (node) => store.selection.rows.has(node.row),
      marked: (node) => (node.trust === "unknown" ? "uncovered" : node.view ? "view" : ""),
      onChoose: (node) => store.selectNode(node.row, "nodes"),
      open: (node) => nodeDetails(store, node),
    },
    (shown, of) => (status.textContent = shown === of ? `${format.plural(of, "node")}.` : `${shown.toLocaleString("en-US")} of ${format.plural(of, "node")} pass the filter.`),
  );
  const filters = filterBar(store, table, columns);
  const section = h("section", { class: "card wide", id: "nodes" }, h("h2", {}, "Nodes"), filters, status, table.element);
  store.subscribe((selection) => {
    if (selection.primary?.kind === "node" && selection.origin !== "nodes") table.reveal(selection.primary.index);
    else if (selection.origin !== "nodes" && selection.rows.size > 0) table.reveal([...selection.rows].reduce((a, b) => Math.min(a, b)));
    else table.repaint();
  });
  return { section, table };
}

function filterBar(store: Store, table: Table<NodeRow>, columns: readonly Column<NodeRow>[]): HTMLElement {
  const { report } = store;
  const source: Queryable<NodeRow> = { text: textOf(report), fields: fieldsOf(columns) };
  const search = h("input", {
    type: "search", id: "nodes-search", placeholder: "Search: attention op:MatMul flops>1e9 bound:memory -view",
    "aria-label": "Search nodes", spellcheck: "false",
    title: "Words that must occur; column:text, column=text, column>number, column:unknown; a leading minus excludes. Columns go by their CSV names.",
  });
  const op = select("op type", [...new Set(report.nodes.map(opName))].sort());
  const bound = select("bound", [...new Set(report.nodes.map((node) => boundName[node.bound]))].sort());
  const trust = select("trust", [...new Set(report.nodes.map((node) => node.trust))].sort());
  const only = h("input", { type: "checkbox", id: "nodes-only-selected" });
  const apply = (): void => {
    const matches = parseQuery(search.value, source);
    const wanted = only.checked && store.selection.rows.size > 0 ? store.selection.rows : null;
    table.filter((node) =>
      (op.value === "" || opName(node) === op.value) && (bound.value === "" || boundName[node.bound] === bound.value) &&
      (trust.value === "" || node.trust === trust.value) && (wanted === null || wanted.has(node.row)) && matches(node));
  };
  for (const control of [search, op, bound, trust, only]) control.addEventListener("input", apply);
  store.subscribe((selection) => {
    // Choosing a row within the narrowed table must not narrow it further.
    if (only.checked && selection.origin !== "nodes") apply();
  });
  return h("div", { class: "bar filters" }, search, op, bound, trust, h("label", {}, only, " only selected"), columnChoice(table, columns));
}

function select(name: string, values: readonly string[]): HTMLSelectElement {
  return h("select", { "aria-label": name }, h("option", { value: "" }, `any ${name}`), ...values.map((value) => h("option", { value }, value)));
}

function columnChoice(table: Table<NodeRow>, columns: readonly Column<NodeRow>[]): HTMLElement {
  const list = h("div", { class: "menu" });
  for (const column of columns) {
    const box = h("input", { type: "checkbox", checked: column.initially, onchange: () => table.showColumn(column.name, box.checked) });
    list.append(h("label", { title: column.help }, box, ` ${column.title}`));
  }
  return h("details", { class: "dropdown" }, h("summary", {}, "Columns"), list);
}

function textOf(report: Report): (node: NodeRow) => string {
  const cache: string[] = [];
  return (node) =>
    (cache[node.row] ??= [nodeLabel(report, node.row), opName(node), node.scope, node.subgraph, ...node.outputs, node.view ? "view" : ""].join("\n").toLowerCase());
}

function fieldsOf(columns: readonly Column<NodeRow>[]): Map<string, (node: NodeRow) => string | number | null> {
  const fields = new Map(columns.map((column) => [column.name, column.value]));
  const short: Record<string, string> = { op: "op_type", name: "node_name", shape: "output_shapes", time: "measured_us", predicted: "predicted_us", bytes: "compulsory_bytes", ai: "arithmetic_intensity", index: "node_index" };
  for (const [alias, name] of Object.entries(short)) {
    const field = fields.get(name);
    if (field) fields.set(alias, field);
  }
  return fields;
}

function columnsOf(report: Report): Column<NodeRow>[] {
  const measured = report.nodes.some((node) => node.measured_us !== null);
  const timeOf = (node: NodeRow): Num => (measured ? node.measured_us : node.predicted_us);
  const metric = timeMetric(report);
  const allTime = metric ? timeTotal(report, metric) : 0;
  const most = report.nodes.reduce((high, node) => Math.max(high, timeOf(node) ?? 0), 0);
  const text = (name: string, title: string, help: string, width: number, initially: boolean, value: (node: NodeRow) => string, grow = false): Column<NodeRow> => ({
    name, title, help, width, initially, value, grow,
    show: (node) => format.shorten(value(node), format.longest.cell), exact: (node) => format.shorten(value(node), format.longest.hover),
  });
  const number = (name: string, title: string, help: string, width: number, initially: boolean, value: (node: NodeRow) => Num, show: Format, unit: string, cost = true): Column<NodeRow> => ({
    name, title, help, width, initially, numeric: true, value,
    show: (node) => numberCell(node, value(node), show, cost),
    exact: (node) => { const v = value(node); return v === null ? (cost ? node.unknown_reason || "unknown" : "not measured") : format.exact(v, unit); },
  });
  const { bytes, flops, time } = format;
  return [
    { name: "node_index", title: "#", help: "Position in the file's own graph", width: 24 + 8 * Math.max(3, String(report.nodes.length).length), numeric: true, initially: true, value: (node) => node.node_index, show: (node) => String(node.node_index) },
    text("node_name", "Node", "Name in the file", 200, true, (node) => nodeLabel(report, node.row), true),
    text("op_type", "Op", "Operator type, with its domain where that is not ONNX's own", 146, true, opName),
    text("output_shapes", "Output", "Shapes of the outputs", 116, true, (node) => node.output_shapes),
    number("measured_us", "Measured", "Time in the runtime's profile joined to this node", 98, measured, (node) => node.measured_us, time, "µs", false),
    number("predicted_us", "Predicted", report.prediction ? "Its part of the predicted times of the nodes that execute it" : "Time by the roofline", 94, true, (node) => node.predicted_us, time, "µs"),
    ...(report.prediction ? [intervalColumn(report)] : []),
    { name: "share", title: "Share", help: measured ? "Share of the end-to-end latency" : "Share of the predicted time", width: 76, numeric: true, initially: true,
      value: (node) => { const t = timeOf(node); return t === null || allTime <= 0 ? null : t / allTime; },
      show: (node) => shareCell(timeOf(node), allTime, most) },
    { name: "slowdown", title: "Meas÷pred", help: "Measured time divided by predicted time", width: 96, numeric: true, initially: false,
      value: ratio, show: (node) => { const r = ratio(node); return r === null ? "" : `${format.significant(r)}×`; } },
    number("efficiency", "Of roof", "Time at the roof of the executed nodes behind it, divided by the measured time", 76, false, (node) => node.efficiency ?? null, format.percent, "", false),
    number("gap_us", "Gap", "Won at the roof: its part of what its executed nodes lose", 84, measured, (node) => node.gap_us ?? null, format.time, "µs", false),
    number("achieved_ops_per_second", "FLOP/s", "Operations of the node over its measured time", 96, false, (node) => node.achieved_ops_per_second ?? null, (v) => format.si(v, "FLOP/s"), "FLOP/s", false),
    number("achieved_bytes_per_second", "B/s", "Compulsory bytes over the measured time", 96, false, (node) => node.achieved_bytes_per_second ?? null, (v) => format.si(v, "B/s"), "B/s", false),
    number("flops", "FLOPs", "Floating-point operations; a multiply-accumulate is 2", 102, true, (node) => node.flops, flops, "FLOP"),
    number("compulsory_bytes", "Compulsory", "Each distinct byte touched once", 98, true, (node) => node.compulsory_bytes, bytes, "B"),
    number("arithmetic_intensity", "FLOP/B", "FLOPs per compulsory byte", 68, true, (node) => node.arithmetic_intensity, (v) => format.si(v, ""), "FLOP/B"),
    text("bound", "Bound", "What limits the node on this machine", 78, true, (node) => boundName[node.bound]),
    text("trust", "Trust", "How far the count can be believed", 94, true, (node) => node.trust.replace("_", " ")),
    number("macs", "MACs", "Multiply-accumulates of MatMul-like work", 90, false, (node) => node.macs, (v) => format.si(v, "MAC"), "MAC"),
    number("transcendentals", "Transc.", "exp, log, erf, tanh, sin, cos, pow, sqrt, rsqrt", 80, false, (node) => node.transcendentals, format.count, ""),
    number("int_ops", "Int ops", "Arithmetic on integers", 80, false, (node) => node.int_ops, format.count, ""),
    number("read_bytes", "Read", "Bytes read by the kernels", 88, false, (node) => node.read_bytes, bytes, "B"),
    number("write_bytes", "Written", "Bytes written by the kernels", 88, false, (node) => node.write_bytes, bytes, "B"),
    number("weight_bytes", "Weights", "Bytes of constant operands as stored", 88, false, (node) => node.weight_bytes, bytes, "B"),
    number("measured_mad_us", "± MAD", "Median absolute deviation of the measured time", 80, false, (node) => node.measured_mad_us, time, "µs", false),
    text("input_shapes", "Inputs", "Shapes of the inputs", 180, false, (node) => node.input_shapes),
    text("dtype", "Type", "Element type of the first output", 80, false, (node) => node.dtype),
    text("scope", "Module", "Module path", 220, false, (node) => node.scope),
    text("subgraph", "Subgraph", "Instance of a branch, loop body or function", 160, false, (node) => node.subgraph),
    { name: "executions", title: "Runs", help: "Executions in one inference: trips of enclosing loops", width: 64, numeric: true, initially: false, value: (node) => node.executions },
  ];
}

function intervalColumn(report: Report): Column<NodeRow> {
  return {
    name: "predicted_high_us", title: "90% interval", help: "Its part of the intervals of the nodes that execute it; sorted by the upper end", width: 128, numeric: true, initially: true,
    value: (node) => nodeInterval(report, node)?.high ?? null,
    show: (node) => { const interval = nodeInterval(report, node); return interval ? rangeText(interval) : ""; },
    exact: (node) => { const interval = nodeInterval(report, node); return interval ? exactRange(interval) : "none: nothing executes it"; },
  };
}

const ratio = (node: NodeRow): Num =>
  node.measured_us === null || node.predicted_us === null || node.predicted_us <= 0 ? null : node.measured_us / node.predicted_us;

/// Views are free, uncovered nodes unknown, unmeasured times empty: none of these is a 0.
function numberCell(node: NodeRow, value: Num, show: Format, cost: boolean): Node | string {
  if (value === null) return cost && node.trust === "unknown" ? h("span", { class: "unknown" }, "unknown") : "";
  if (cost && node.view && value === 0) return h("span", { class: "free" }, "free");
  return show(value);
}

/// The bar is relative to the longest row, so that it still speaks where every share is small.
function shareCell(value: Num, total: number, most: number): Node | string {
  if (value === null || total <= 0) return "";
  const bar = h("span", { class: "sharebar" });
  bar.style.width = `${(100 * value) / Math.max(most, Number.MIN_VALUE)}%`;
  return h("span", { class: "share" }, bar, h("span", {}, format.percent(value / total)));
}
