// What a node's row opens to: kernels with their formulas and the numbers put in, symbols, assumptions, source, and
// the executed nodes that it was joined to. Every number's way back.
import { add, figure, h } from "../dom";
import * as format from "../format";
import { nodeInterval, rangeText, rateText } from "../prediction";
import { kernelsOf, type Kernel, type KernelText, type NodeRow, type Num, type Report } from "../schema";
import type { Store } from "../store";

type Quantity = { name: string; formula: keyof KernelText; value: keyof Kernel; unit: string };

const quantities: readonly Quantity[] = [
  { name: "FLOPs", formula: "flops_formula", value: "flops", unit: "FLOP" },
  { name: "MACs", formula: "macs_formula", value: "macs", unit: "MAC" },
  { name: "transcendentals", formula: "transcendentals_formula", value: "transcendentals", unit: "" },
  { name: "integer ops", formula: "int_ops_formula", value: "int_ops", unit: "op" },
  { name: "read", formula: "read_formula", value: "read_bytes", unit: "B" },
  { name: "write", formula: "write_formula", value: "write_bytes", unit: "B" },
];

export function nodeDetails(store: Store, node: NodeRow): HTMLElement {
  const { report } = store;
  const panel = h("div", { class: "panel" });
  const facts = h("dl", { class: "facts" });
  const fact = (name: string, ...content: (Node | string | null)[]): void => {
    const cell = h("dd");
    add(cell, content);
    facts.append(h("dt", {}, name), cell);
  };
  fact("node", h("code", {}, format.shorten(node.node_name, format.longest.hover) || "(nameless)"), ` · position ${node.node_index}${node.subgraph ? ` in ${node.subgraph}` : ""}`);
  if (node.scope) fact("module", h("code", {}, format.shorten(node.scope, format.longest.hover)));
  fact("inputs", tensors(node.inputs, node.input_shapes));
  fact("outputs", tensors(node.outputs, node.output_shapes), node.dtype ? ` · ${node.dtype}` : null);
  if (node.executions !== null && node.executions !== 1) fact("executions", `${format.exact(node.executions, "")} (all figures are for all of them, the formulas for one)`);
  fact("time", ...times(report, node));
  fact("executed as", joined(store, node));
  panel.append(facts);
  if (node.trust === "unknown" || node.cost_model === null) {
    panel.append(h("p", { class: "callout" }, `No cost: ${node.unknown_reason || "this op has no cost model"}. Its cost is unknown, and the sums leave it out.`));
    return panel;
  }
  if (node.view) panel.append(h("p", { class: "callout calm" }, "A view: it renames memory, so it does no work and moves nothing."));
  const kernels = kernelsOf(node);
  if (kernels.length > 0) panel.append(kernelTable(report, node, kernels));
  panel.append(symbols(node), modelNotes(report, node));
  return panel;
}

/// Kinds of kernels whose calibrated rates predicted the nodes that execute it, each once, the slowest first.
function ratesOf(report: Report, node: NodeRow): string {
  const rates = rateText(report);
  const executed = node.runtime_nodes.flatMap((index) => report.runtime[index] ?? []);
  return [...new Set(executed.sort((a, b) => (b.predicted_us ?? 0) - (a.predicted_us ?? 0)).map(rates))].join(", ");
}

function times(report: Report, node: NodeRow): (Node | string | null)[] {
  const us = (value: number): string => format.exact(value, "µs");
  const out: (Node | string | null)[] = [];
  if (node.measured_us === null) out.push("not measured");
  else {
    out.push(figure(node.measured_us, format.time, us), " measured");
    if (node.measured_mad_us !== null) out.push(" ± ", figure(node.measured_mad_us, format.time, us));
  }
  out.push(" · ", figure(node.predicted_us, format.time, us), " predicted");
  const interval = nodeInterval(report, node);
  if (interval) out.push(` (90% interval ${rangeText(interval)}, by rates of ${ratesOf(report, node)})`);
  return out;
}

/// Names with their shapes; an omitted optional keeps its place.
function tensors(names: readonly string[], shapes: string): HTMLElement {
  const parts = shapes.split(";");
  const list = h("span", { class: "tensors" });
  names.forEach((name, i) => {
    const shape = parts[i] ?? "";
    list.append(h("span", {}, h("code", {}, name === "" ? "(omitted)" : format.shorten(name, format.longest.cell)), name === "" ? "" : ` ${shape || "shape unknown"}`));
  });
  if (names.length === 0) list.append("none");
  return list;
}

function joined(store: Store, node: NodeRow): HTMLElement {
  const { report } = store;
  const list = h("span", { class: "tensors" });
  for (const index of node.runtime_nodes) {
    const row = report.runtime[index];
    if (!row) continue;
    const others = row.rows.length - 1;
    list.append(h("span", {},
      h("button", { type: "button", class: "link", onclick: () => store.selectRuntime(index, "details") }, format.shorten(row.runtime_node, format.longest.cell) || `executed #${row.runtime_index}`),
      ` ${row.op_type}`,
      row.measured_us === null ? "" : `, ${format.time(row.measured_us)}`,
      others > 0 ? `, shared with ${format.plural(others, "other node")}` : "",
      row.join ? h("span", { class: "muted" }, ` (joined by ${row.join})`) : null,
    ));
  }
  if (node.runtime_nodes.length === 0)
    list.append(report.runtime.length === 0 ? "nothing was executed" : "no executed node: folded, removed or not joined");
  return list;
}

function kernelTable(report: Report, node: NodeRow, kernels: readonly Kernel[]): HTMLElement {
  const values = new Map(node.symbols.map(([name, value]) => [name, value]));
  const body = h("tbody");
  for (const kernel of kernels) {
    const text = report.kernel_texts[kernel.text];
    if (!text) continue;
    const lines = quantities.filter((quantity) => text[quantity.formula] !== "" || (kernel[quantity.value] ?? 0) !== 0);
    const head = h("th", { scope: "rowgroup", rowspan: String(Math.max(1, lines.length)) }, h("b", {}, text.name), text.why ? h("p", { class: "why" }, text.why) : null);
    if (lines.length === 0) body.append(h("tr", {}, head, h("td", { colspan: "4" }, "nothing")));
    lines.forEach((quantity, i) => {
      const formula = text[quantity.formula];
      // A kernel's numbers are for all executions of the node, its formula for one.
      const once = substitute(formula, values);
      const runs = node.executions ?? 1;
      const numbers = runs === 1 ? once : `${format.exact(runs, "runs")} × (${once})`;
      const value = kernel[quantity.value] as Num;
      body.append(h("tr", {},
        i === 0 ? head : null,
        h("td", {}, quantity.name),
        h("td", { class: "formula" }, formula === "" ? "" : h("code", {}, formula)),
        h("td", { class: "formula" }, numbers === formula ? "" : h("code", {}, `= ${numbers}`)),
        h("td", { class: "number" }, figure(value, (v) => format.exact(v, quantity.unit), (v) => format.si(v, quantity.unit))),
      ));
    });
  }
  const head = h("tr", {}, ...["kernel", "quantity", "formula", "with numbers", "value"].map((text, i) => h("th", { scope: "col", class: i === 4 ? "number" : undefined }, text)));
  return h("table", { class: "kernels" }, h("thead", {}, head), body);
}

/// Puts each symbol's number where it stands. A symbol may be a name (`K`) or an accessor with its operand (`bytes(A)`).
export function substitute(formula: string, values: ReadonlyMap<string, string>): string {
  if (values.size === 0) return formula;
  const names = [...values.keys()].sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const token = new RegExp(`'[^']*'|(?<!\\w)(?:${names.join("|")})(?!\\w|\\s*\\()`, "g");
  return formula.replace(token, (name) => {
    const value = values.get(name);
    if (value === undefined) return name; // a quoted text
    return /[+\-*/ ]/.test(value) ? `(${value})` : value;
  });
}

function symbols(node: NodeRow): HTMLElement | string {
  if (node.symbols.length === 0) return "";
  const body = h("tbody", {}, ...node.symbols.map(([name, value, from]) =>
    h("tr", {}, h("th", { scope: "row" }, h("code", {}, name)), h("td", { class: "number" }, h("code", {}, value)), h("td", {}, h("code", {}, from)))));
  return h("table", { class: "symbols" }, h("caption", {}, "Symbols"), h("thead", {}, h("tr", {}, h("th", {}, "symbol"), h("th", { class: "number" }, "value"), h("th", {}, "from"))), body);
}

function modelNotes(report: Report, node: NodeRow): HTMLElement {
  const model = report.cost_models[node.cost_model ?? -1];
  const notes = h("dl", { class: "facts" });
  if (!model) return notes;
  const note = (name: string, content: Node | string): void => void notes.append(h("dt", {}, name), h("dd", {}, content));
  note("cost model", h("span", {}, h("code", {}, model.id), model.summary ? ` ${model.summary}` : ""));
  if (node.trust !== "exact") note("trust", node.trust === "upper_bound" ? "upper bound: the contents decide, this is the dearest case" : node.trust);
  if (model.assumptions.length > 0) note("assumptions", h("ul", {}, ...model.assumptions.map((text) => h("li", {}, text))));
  if (model.source) note("source", model.source);
  return notes;
}
