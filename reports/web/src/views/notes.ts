// Uncovered ops, the machine and how it was measured, dimensions, conventions: what the figures rest on.
import { Chart, axis, tooltip, type EChartsCoreOption } from "../chart";
import { add, h } from "../dom";
import * as format from "../format";
import { calibrationText } from "../prediction";
import type { Report, Samples } from "../schema";
import { nodeLabel, type Store } from "../store";
import type { Palette, Themes } from "../theme";
import { opName } from "./ops";

const namedPerOp = 6;

export function uncoveredView(store: Store): HTMLElement {
  const { report } = store;
  const section = h("section", { class: "card wide", id: "uncovered" }, h("h2", {}, "Uncovered nodes"));
  if (report.uncovered.length === 0) {
    section.append(h("p", {}, `None: all ${format.plural(report.totals.rows, "node")} have a cost model.`));
    return section;
  }
  const body = h("tbody");
  for (const entry of report.uncovered) {
    const name = opName(entry);
    const nodes = h("td");
    entry.rows.slice(0, namedPerOp).forEach((row, i) =>
      add(nodes, [i > 0 ? ", " : null, h("button", { type: "button", class: "link", onclick: () => store.selectNode(row, "uncovered") }, format.shorten(nodeLabel(report, row), 60))]));
    if (entry.rows.length > namedPerOp) add(nodes, [` and ${entry.rows.length - namedPerOp} more`]);
    body.append(h("tr", {},
      h("th", { scope: "row" }, h("button", { type: "button", class: "link", onclick: () => store.selectRows(entry.rows, `uncovered ${name}`, "uncovered") }, name)),
      h("td", { class: "number" }, entry.rows.length.toLocaleString("en-US")), h("td", {}, entry.reason), nodes));
  }
  const head = h("tr", {}, ...["op", "nodes", "why it has no cost", "which"].map((text, i) => h("th", { scope: "col", class: i === 1 ? "number" : undefined }, text)));
  section.append(
    h("p", { class: "lead" }, `The sums leave these out: coverage is ${format.plural(report.totals.covered_nodes, "node")} of ${report.totals.rows.toLocaleString("en-US")}. Unknown is not zero.`),
    h("table", { class: "plain" }, h("thead", {}, head), body));
  return section;
}

export function machineView(store: Store, themes: Themes): HTMLElement {
  const { report } = store;
  const { measurement, rates } = report;
  const section = h("section", { class: "card", id: "machine" }, h("h2", {}, "Machine and measurement"));
  const facts = h("dl", { class: "facts" });
  const fact = (name: string, value: string | null | undefined | false, title?: string): void => {
    if (value) facts.append(h("dt", {}, name), h("dd", { title }, value));
  };
  if (measurement.status !== "ok") fact("status", [measurement.status.replace(/_/g, " "), measurement.reason, measurement.advice].filter((text) => text !== "").join(". "));
  fact("runtime", measurement.runtime_version && `ONNX Runtime ${measurement.runtime_version}${measurement.runtime_library ? ` (${measurement.runtime_library})` : ""}`);
  fact("conditions", conditions(report));
  const machine = measurement.machine;
  if (machine) {
    fact("cpu", [machine.cpu, machine.logical_cpus ? `${machine.logical_cpus} logical` : "", ...(machine.caches ?? [])].filter((text) => text).join(", "));
    fact("memory", machine.memory_bytes ? format.bytes(machine.memory_bytes) : null, machine.memory_bytes ? format.exact(machine.memory_bytes, "B") : undefined);
    fact("system", [machine.os, machine.governor ? `governor ${machine.governor}` : ""].filter((text) => text).join(", "));
    if (measurement.latency) fact("load before", machine.load_before === null || machine.load_before === undefined ? null : machine.load_before.toFixed(2));
    if (measurement.latency) fact("temperature", change(machine.temperature_before_c, machine.temperature_after_c, (value) => `${value.toFixed(0)} °C`));
    if (measurement.latency) fact("clock", change(machine.clock_before_mhz, machine.clock_after_mhz, (value) => format.si(value * 1e6, "Hz")));
    if (measurement.latency) fact("stolen time", machine.steal_fraction === null || machine.steal_fraction === undefined ? null : format.percent(machine.steal_fraction));
  }
  if (report.prediction) fact("calibration", calibrationText(report.prediction));
  if (rates) {
    fact("rates", [rates.name, rates.source].filter((text) => text !== "").join(": "));
    fact("peak", rates.flops_per_second ? format.si(rates.flops_per_second, "FLOP/s") : null);
    fact("bandwidth", rates.bytes_per_second ? format.si(rates.bytes_per_second, "B/s") : null);
    fact("dispatch", rates.dispatch_us === null ? null : `${format.time(rates.dispatch_us)} per executed node`);
  }
  for (const note of measurement.input_notes) fact("input", note);
  if (measurement.synthesized_weights) fact("weights", `${format.bytes(measurement.synthesized_weights)} missing from the file and made up for the measurement`);
  for (const warning of measurement.warnings) fact("warning", warning);
  section.append(facts);
  if (measurement.latency && measurement.latency.us.length > 1) section.append(h("h3", {}, "Latency of each run"), strip(measurement.latency, themes));
  return section;
}

/// "52 °C before, 61 °C after"; what could not be read is left out.
function change(before: number | null | undefined, after: number | null | undefined, show: (value: number) => string): string {
  const parts = [before === null || before === undefined ? "" : `${show(before)} before`, after === null || after === undefined ? "" : `${show(after)} after`];
  return parts.filter((text) => text !== "").join(", ");
}

function conditions(report: Report): string {
  const { threads, optimization_level, warmup_runs, latency, profiled_latency } = report.measurement;
  return [
    threads === null || !latency ? "" : format.plural(threads, "thread"),
    optimization_level ? `optimisation ${optimization_level}` : "",
    warmup_runs && latency ? `${format.plural(warmup_runs, "warm-up run")}` : "",
    latency ? `${format.plural(latency.us.length, "run")}: median ${format.time(latency.median)}, MAD ${format.time(latency.mad)}` : "",
    profiled_latency ? `profiled runs: median ${format.time(profiled_latency.median)}` : "",
  ].filter((text) => text !== "").join(", ");
}

/// Raw samples in their order: drift, steps and outliers show here and nowhere else.
function strip(samples: Samples, themes: Themes): HTMLElement {
  const { us, median, mad } = samples;
  const low = us.reduce((a, b) => Math.min(a, b));
  const high = us.reduce((a, b) => Math.max(a, b));
  const pad = Math.max((high - low) * 0.1, median * 0.005);
  const option = (palette: Palette): EChartsCoreOption => ({
    grid: { left: 74, right: 70, top: 10, bottom: 40 },
    tooltip: tooltip(palette, (params: { value: number[] }) => `run ${params.value[0]}: ${format.time(params.value[1] ?? 0)} (${format.exact(params.value[1] ?? 0, "µs")})`),
    xAxis: axis(palette, "run", String, { type: "value", min: 1, max: Math.max(2, us.length), minInterval: 1, nameGap: 24, splitLine: { show: false } }),
    yAxis: axis(palette, "latency", format.time, { type: "value", min: low - pad, max: high + pad, nameGap: 56, axisLabel: { color: palette.muted, formatter: format.time, showMinLabel: false, showMaxLabel: false } }),
    series: [{
      type: "scatter",
      symbolSize: 6,
      itemStyle: { color: palette.bound.compute, opacity: 0.8 },
      data: us.map((value, i) => [i + 1, value]),
      markLine: {
        silent: true, symbol: "none", lineStyle: { color: palette.text, type: "solid", width: 1.2 },
        label: { formatter: () => "median", color: palette.muted, fontSize: 11 }, data: [{ yAxis: median }],
      },
      markArea: { silent: true, itemStyle: { color: palette.line, opacity: 0.18 }, data: [[{ yAxis: median - mad }, { yAxis: median + mad }]] },
    }],
  });
  const chart = new Chart(themes, { label: `Latency of ${us.length} runs: median ${format.time(median)}, from ${format.time(low)} to ${format.time(high)}`, option });
  chart.host.classList.add("short");
  return h("div", {}, chart.host, h("p", { class: "note" }, `From ${format.time(low)} to ${format.time(high)}; the band is the median ± MAD.`));
}

export function assumptionsView(report: Report): HTMLElement {
  const section = h("section", { class: "card", id: "assumptions" }, h("h2", {}, "What the figures rest on"));
  if (report.dims.length > 0) {
    const body = h("tbody", {}, ...report.dims.map((dim) =>
      h("tr", {}, h("th", { scope: "row" }, h("code", {}, format.shorten(dim.name, format.longest.cell))), h("td", { class: "number" }, dim.value === null ? "unknown" : dim.value.toLocaleString("en-US")), h("td", {}, dim.origin), h("td", {}, dim.reason))));
    section.append(h("h3", {}, "Free dimensions"), h("table", { class: "plain" },
      h("thead", {}, h("tr", {}, ...["dimension", "bound to", "origin", "why"].map((text, i) => h("th", { scope: "col", class: i === 1 ? "number" : undefined }, text)))), body));
  } else section.append(h("p", {}, "The model has no free dimensions."));
  section.append(h("h3", {}, "Assumptions and conventions"), h("ul", {}, ...report.assumptions.map((text) => h("li", {}, text))));
  const { model, totals } = report;
  const facts = h("dl", { class: "facts" });
  const fact = (name: string, value: string, title?: string): void => void facts.append(h("dt", {}, name), h("dd", { title }, value));
  fact("file", `${model.file}${model.file_bytes === null ? "" : `, ${format.bytes(model.file_bytes)}`}`, model.file_bytes === null ? undefined : format.exact(model.file_bytes, "B"));
  fact("exported by", model.producer || "unknown");
  fact("opsets", model.opset_imports.map((entry) => `${entry.domain || "ai.onnx"} ${entry.version}`).join(", ") + (model.ir_version === null ? "" : `, IR version ${model.ir_version}`));
  if (totals.peak_activation_bytes !== null) fact("peak activations", format.bytes(totals.peak_activation_bytes), format.exact(totals.peak_activation_bytes, "B"));
  fact("made by", `costscan ${report.costscan.version}`);
  section.append(h("h3", {}, "Model"), facts);
  return section;
}
