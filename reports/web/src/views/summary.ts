// The first screen, in words: what the model costs, how long it takes, what limits it, where to look.
import { add, figure, h } from "../dom";
import * as format from "../format";
import { calibrationText, exactRange, knowledge, rangeText } from "../prediction";
import { sum, timeMetric, timeTotal, type Metric } from "../metrics";
import type { Bound, Gap, NodeRow, Report } from "../schema";
import { nodeLabel, type Store } from "../store";
import { boundName, type Themes } from "../theme";
import { opName } from "./ops";
import { gapLink, gapWork, negativeRest } from "./slow";

const order: readonly Bound[] = ["compute", "memory", "dispatch", "free", ""];
const slowShown = 3;

export function summaryView(store: Store, themes: Themes): HTMLElement {
  const { report } = store;
  const list = h("dl", { class: "words" });
  const line = (name: string, ...content: (Node | string | null | false)[]): void => {
    const cell = h("dd");
    add(cell, content);
    list.append(h("dt", {}, name), cell);
  };
  line("latency", ...latency(report));
  line("prediction", ...prediction(report));
  line("work", ...work(report));
  line("memory", figure(report.totals.peak_activation_bytes, format.bytes, (v) => format.exact(v, "B")), " of activations at their peak");
  line("bound", ...boundShares(report, themes));
  line("where", ...where(store));
  const gaps = report.slow?.gaps ?? [];
  const slow = slowForTheirWork(report);
  if (gaps.length > 0) line("slow for its work", ...gaps.slice(0, slowShown).map((gap) => gapLine(store, gap)));
  else if (slow.length > 0) line("slow for its work", ...slow.map((row) => slowLine(store, row)));
  line("uncovered", ...uncovered(report));
  if (report.dims.length > 0) line("dimensions", ...dims(report));
  for (const warning of new Set([...report.warnings, ...report.measurement.warnings])) line("warning", h("span", { class: "warning" }, warning));
  return h("section", { class: "card wide", id: "summary" }, h("h2", {}, "Summary"), list);
}

const us = (value: number): string => format.exact(value, "µs");

function latency(report: Report): (Node | string | null)[] {
  const { totals, measurement } = report;
  const out: (Node | string | null)[] = [];
  if (totals.measured_us !== null) {
    out.push(h("b", {}, figure(totals.measured_us, format.time, us)));
    if (totals.measured_mad_us !== null) out.push(" ± ", figure(totals.measured_mad_us, format.time, us));
    out.push(" measured");
    const runs = measurement.latency?.us.length ?? 0;
    if (runs > 0) out.push(` (median ± MAD of ${format.plural(runs, "run")})`);
  } else {
    const reason = measurement.reason || measurement.status;
    out.push(h("b", {}, "not measured"), `: ${reason}`);
    if (measurement.advice) out.push(`. ${measurement.advice}`);
  }
  out.push(" · ");
  const optimised = totals.predicted_runtime_us ?? null;
  const predicted = optimised ?? totals.predicted_us;
  if (predicted === null) out.push("prediction ", h("span", { class: "unknown" }, "unknown"), `: some nodes have no ${report.prediction ? "known shape" : "cost"}`);
  else {
    out.push(figure(predicted, format.time, us), " predicted");
    // What was measured here says nothing about a prediction for some other machine.
    const elsewhere = report.rates?.named === true;
    const comparable = !elsewhere || !measurement.machine;
    if (comparable && totals.measured_us !== null && totals.measured_us > 0) out.push(` (${format.signedPercent(predicted / totals.measured_us - 1)})`);
    // By a calibration the file's nodes only share what the executed ones are predicted to take.
    if (optimised !== null && totals.predicted_us !== null && !report.prediction) out.push(" as optimised, ", figure(totals.predicted_us, format.time, us), " as written");
    if (elsewhere) out.push(` for ${report.rates!.name} by plain roofline`);
  }
  const where = [
    measurement.threads !== null && totals.measured_us !== null ? format.plural(measurement.threads, "thread") : "",
    measurement.runtime_version ? `ONNX Runtime ${measurement.runtime_version}` : "",
    measurement.machine?.cpu ?? "",
  ].filter((text) => text !== "");
  if (where.length > 0) out.push(` · ${where.join(", ")}`);
  return out;
}

/// How far the predicted time can be believed, and why.
function prediction(report: Report): (Node | string | null)[] {
  const { totals, rates } = report;
  const found = report.prediction ?? null;
  if (found === null) {
    if (!rates) return [h("span", { class: "unknown" }, "none"), ": no rates of a machine are known"];
    const advice = rates.named === true ? "" : "; costscan calibrate, once on this machine, makes it one by kernel with an interval";
    return [`plain roofline of ${rates.name}: an orientation, without an interval${advice}`];
  }
  const interval = { low: found.low_us, high: found.high_us };
  const out: (Node | string | null)[] = ["90% interval ", h("span", { class: "figure", title: exactRange(interval) }, rangeText(interval))];
  const measured = totals.measured_us;
  if (measured !== null && found.unknown_nodes === 0) {
    const beyond = measured > interval.high ? measured / interval.high - 1 : measured < interval.low ? measured / interval.low - 1 : 0;
    out.push(beyond === 0 ? " (the measured latency lies in it)" : h("span", { class: "warning" }, ` (the measured latency lies ${format.percent(Math.abs(beyond))} ${beyond > 0 ? "above" : "below"} it)`));
  }
  out.push(` · ${knowledge[found.plan]} · ${calibrationText(found)}`);
  if (found.uncalibrated_share >= 0.0005) out.push(` · ${format.percent(found.uncalibrated_share)} of it on kinds of kernels that were not calibrated`);
  if (found.unknown_nodes > 0) out.push(h("span", { class: "warning" }, ` · without ${format.plural(found.unknown_nodes, "executed node")} of unknown shape: at least ${format.time(found.us)}`));
  return out;
}

function work(report: Report): (Node | string | null)[] {
  const { totals } = report;
  const moved = totals.read_bytes === null || totals.write_bytes === null ? null : totals.read_bytes + totals.write_bytes;
  const byte = (value: number): string => format.exact(value, "B");
  const out: (Node | string | null)[] = [
    h("b", {}, figure(totals.flops, format.flops, (v) => format.exact(v, "FLOP"))),
    " · ", figure(moved, format.bytes, byte), " moved, ",
    figure(totals.compulsory_bytes, format.bytes, byte), " compulsory",
  ];
  if (moved !== null && totals.compulsory_bytes !== null && moved > totals.compulsory_bytes)
    out.push(` (fusion can save up to ${format.bytes(moved - totals.compulsory_bytes)})`);
  out.push(" · ", figure(totals.arithmetic_intensity, format.intensity, (v) => format.exact(v, "FLOP/B")));
  if (totals.covered_nodes < totals.rows)
    out.push(h("span", { class: "warning" }, ` Sums over the ${totals.covered_nodes.toLocaleString("en-US")} of ${totals.rows.toLocaleString("en-US")} nodes with a cost: at least this much.`));
  else if (totals.trust !== "exact") out.push(` · some counts are ${totals.trust === "upper_bound" ? "upper bounds" : totals.trust}`);
  return out;
}

/// Of executed nodes where they were measured against roofs, else of the file's nodes: value by bound, and the rest.
function timeByBound(report: Report, metric: Metric): { of: (bound: Bound) => number; rest: [string, number]; total: number } {
  const slow = report.slow ?? null;
  if (slow !== null && slow.roof !== "" && slow.parts.latency_us !== null) {
    const { compute_us, memory_us, dispatch_us, free_us, unknown_us, between_us, latency_us } = slow.parts;
    const parts: Record<Bound, number> = { compute: compute_us, memory: memory_us, dispatch: dispatch_us, free: free_us, "": unknown_us };
    return { of: (bound) => parts[bound], rest: ["between nodes", between_us ?? 0], total: latency_us };
  }
  return {
    of: (bound) => sum(report.nodes.filter((row) => row.bound === bound), (row) => metric.of(row)).value,
    rest: ["remainder", metric.value === "measured" ? (report.totals.remainder_us ?? 0) : 0],
    total: timeTotal(report, metric),
  };
}

function boundShares(report: Report, themes: Themes): (Node | string)[] {
  const metric = timeMetric(report);
  if (!metric) return [h("span", { class: "unknown" }, "unknown: no node has a time")];
  const { of, rest, total } = timeByBound(report, metric);
  const bar = h("div", { class: "stack tall", role: "img" });
  const parts: { text: string; value: number; color: () => string }[] = order.map((bound) => ({
    text: boundName[bound],
    value: of(bound),
    color: () => themes.palette.bound[bound],
  }));
  parts.push({ text: rest[0], value: rest[1], color: () => themes.palette.remainder });
  const words = h("span");
  for (const part of parts) {
    if (part.value <= 0 || total <= 0) continue;
    const share = part.value / total;
    const title = `${part.text}: ${format.percent(share)}, ${us(part.value)}`;
    const segment = h("span", { title });
    segment.style.width = `${share * 100}%`;
    const key = h("span", { class: "key" });
    const paint = (): void => void ((segment.style.backgroundColor = part.color()), (key.style.backgroundColor = part.color()));
    paint();
    themes.onChange(paint);
    bar.append(segment);
    words.append(h("span", { class: "entry", title }, key, `${format.percent(share)} ${part.text}`));
  }
  bar.setAttribute("aria-label", words.textContent ?? "");
  words.append(h("span", { class: "muted" }, ` of the ${metric.value} time`));
  if (rest[1] < 0 && total > 0) words.append(h("span", { class: "muted" }, `; between nodes ${negativeRest(rest[1], total)}`));
  return [bar, words];
}

function where(store: Store): (Node | string)[] {
  const { report } = store;
  const metric = timeMetric(report);
  if (!metric) return [h("span", { class: "unknown" }, "unknown")];
  const known = report.ops.filter((op) => (metric.of(op) ?? 0) > 0).sort((a, b) => metric.of(b)! - metric.of(a)!);
  const total = timeTotal(report, metric);
  return known.slice(0, 5).flatMap((op, i) => [
    i > 0 ? " · " : "",
    h("button", { type: "button", class: "link", onclick: () => selectOp(store, op) }, opName(op)),
    h("span", { title: metric.exact(metric.of(op)!) }, ` ${format.percent(metric.of(op)! / total)}`),
  ]);
}

function selectOp(store: Store, op: { op_type: string; domain: string }): void {
  const rows = store.report.nodes.filter((node) => node.op_type === op.op_type && node.domain === op.domain);
  store.selectRows(rows.map((node) => node.row), `all ${opName(op)}`, "summary");
}

type Timed = NodeRow & { measured_us: number; predicted_us: number };

/// Nodes that lose the most time against their own prediction.
function slowForTheirWork(report: Report): Timed[] {
  const lost = (row: Timed): number => row.measured_us - row.predicted_us;
  return report.nodes
    .filter((row): row is Timed => row.measured_us !== null && row.predicted_us !== null && row.predicted_us > 0 && row.measured_us > row.predicted_us)
    .sort((a, b) => lost(b) - lost(a))
    .slice(0, slowShown);
}

function gapLine(store: Store, gap: Gap): HTMLElement {
  const alike = gap.alike > 0 ? [", ", figure(gap.all_saves_us, format.time, us), ` with ${gap.alike.toLocaleString("en-US")} alike`] : [];
  const line = h("div", {}, gapLink(store, gap, "summary", 70), " ", figure(gap.measured_us, format.time, us),
    ` at ${format.percent(gap.efficiency)} of the roof: ${gapWork(store.report, gap)}; would save `, figure(gap.saves_us, format.time, us));
  add(line, alike);
  return line;
}

function slowLine(store: Store, row: Timed): HTMLElement {
  const name = nodeLabel(store.report, row.row);
  return h("div", {},
    h("button", { type: "button", class: "link", title: format.shorten(name, format.longest.hover), onclick: () => store.selectNode(row.row, "summary") }, format.shorten(name, 70)),
    ` ${opName(row)}, `,
    figure(row.measured_us, format.time, us),
    ` at ${format.percent(row.predicted_us / row.measured_us)} of the roof`,
    row.output_shapes ? ` (to ${format.shorten(row.output_shapes, 40)})` : "",
  );
}

function uncovered(report: Report): (Node | string)[] {
  if (report.uncovered.length === 0) return ["none: every node has a cost model"];
  const rows = report.totals.rows - report.totals.covered_nodes;
  const names = report.uncovered.slice(0, 4).map((entry) => `${opName(entry)} ×${entry.rows.length}`);
  if (report.uncovered.length > 4) names.push(`${report.uncovered.length - 4} more`);
  return [h("a", { href: "#uncovered", class: "warning" }, `${format.plural(rows, "node")} without a cost`), `: ${names.join(", ")}`];
}

function dims(report: Report): (Node | string)[] {
  return report.dims.slice(0, 12).flatMap((dim, i) => [
    i > 0 ? ", " : "",
    h("span", { title: dim.reason }, `${format.shorten(dim.name, 60)}=${dim.value === null ? "unknown" : dim.value}`),
    dim.origin === "given" ? "" : h("span", { class: "muted" }, dim.origin === "default" ? ` (default; --dim ${format.shorten(dim.name, 60)}=N)` : ` (${dim.origin})`),
  ]).concat(report.dims.length > 12 ? [`, ${report.dims.length - 12} more below`] : []);
}
