// Where it is slow for its work: what stands between the measured times and the roofs.
import { figure, h } from "../dom";
import * as format from "../format";
import type { Gap, Report, Slow } from "../schema";
import { nodeLabel, type Store } from "../store";

const shownAtFirst = 10;
const us = (value: number): string => format.exact(value, "µs");

/// Nodes are timed in other runs than the latency: their times may add up to more.
export const negativeRest = (rest: number, total: number): string =>
  `none, since timed one by one they add up to ${format.percent(-rest / total)} more than the latency`;

/// Selects the node of the file that the gap is named after, else the executed node.
export function gapLink(store: Store, gap: Gap, origin: string, longest: number): HTMLElement {
  const executed = store.report.runtime[gap.runtime_index];
  const name = gap.row === null ? executed?.runtime_node || `${executed?.op_type ?? ""} (executed #${gap.runtime_index})` : nodeLabel(store.report, gap.row);
  const choose = (): void => (gap.row === null ? store.selectRuntime(gap.runtime_index, origin) : store.selectNode(gap.row, origin));
  return h("button", { type: "button", class: "link", title: format.shorten(name, format.longest.hover), onclick: choose }, format.shorten(name, longest));
}

export function gapWork(report: Report, gap: Gap): string {
  const executed = report.runtime[gap.runtime_index];
  const more = (executed?.rows.length ?? 0) - 1;
  return `${executed?.op_type ?? ""} ${gap.work}${more > 0 ? ` (with ${format.plural(more, "more node")})` : ""}`;
}

export function slowView(store: Store): HTMLElement {
  const { report } = store;
  const section = h("section", { class: "card wide", id: "slow" }, h("h2", {}, "Slow for its work"));
  const slow = report.slow ?? null;
  if (slow === null) {
    section.append(h("p", { class: "empty" }, "Nothing was measured, so no time can be held against the roofs."));
    return section;
  }
  section.append(h("p", { class: "lead" }, lead(slow)));
  const overhead = overheadWords(report, slow);
  if (overhead !== "") section.append(h("p", { class: "lead", id: "overhead" }, overhead));
  if (slow.gaps.length === 0) return section;
  section.append(gapTable(store, slow));
  return section;
}

function lead(slow: Slow): string {
  if (slow.roof === "") return "The machine that these times come from is not known: name it with --machine, and they are held against its roofs.";
  const latency = slow.parts.latency_us;
  const share = latency === null || latency <= 0 ? "" : `, ${format.percent(slow.gap_us / latency)} of the latency`;
  return `Held against the roofs ${slow.roof} (${slow.roof_source}), ${format.time(slow.gap_us)} are lost in kernels${share}. One line for each kind of work; most to be won first.`;
}

/// Dispatch, layouts and profiling: what no kernel can win back.
function overheadWords(report: Report, slow: Slow): string {
  const { parts } = slow;
  if (parts.latency_us === null || parts.latency_us <= 0) return "";
  const share = (value: number): string => format.percent(value / parts.latency_us!);
  const added = parts.added.reduce((total, entry) => total + entry.us, 0);
  const kinds = parts.added.map((entry) => `${entry.nodes.toLocaleString("en-US")} ${entry.op_type}`).join(", ");
  const words = [
    slow.roof === "" ? "" : `Dispatch of ${format.plural(report.runtime.length, "executed node")}: ${share(parts.overhead_us)} of the latency.`,
    `Layout and type changes that the runtime added: ${kinds === "" ? "none" : `${share(added)} (${kinds})`}.`,
    parts.between_us === null ? "" : parts.between_us < 0 ? `Between nodes: ${negativeRest(parts.between_us, parts.latency_us)}.` : `Between nodes: ${share(parts.between_us)}.`,
    report.measurement.profiled_latency ? `Profiling made a run ${format.signedPercent(parts.profiling_us / parts.latency_us)} longer; ${format.time(parts.profiling_removed_us)} are taken off the nodes' times.` : "",
  ];
  return words.filter((text) => text !== "").join(" ");
}

function gapTable(store: Store, slow: Slow): HTMLElement {
  const body = h("tbody");
  const row = (gap: Gap): HTMLElement => {
    const bar = h("span", { class: "sharebar" });
    bar.style.width = `${Math.min(100, gap.efficiency * 100)}%`;
    return h("tr", {},
      h("th", { scope: "row" }, gapLink(store, gap, "slow", 60)),
      h("td", {}, gapWork(store.report, gap)),
      h("td", { class: "number" }, figure(gap.measured_us, format.time, us)),
      h("td", { class: "number" }, h("span", { class: "share", title: format.exact(gap.efficiency * 100, "%") }, bar, h("span", {}, format.percent(gap.efficiency)))),
      h("td", { class: "number" }, figure(gap.saves_us, format.time, us)),
      h("td", { class: "number" }, gap.alike === 0 ? "" : `${gap.alike.toLocaleString("en-US")}`),
      h("td", { class: "number" }, figure(gap.all_saves_us, format.time, us)));
  };
  const show = (gaps: readonly Gap[]): void => body.append(...gaps.map(row));
  show(slow.gaps.slice(0, shownAtFirst));
  const titles: [string, string][] = [
    ["node", "The node of the file that does most of the work"], ["work", "What was executed"], ["measured", "Median time of this node"],
    ["of the roof", "Time at the roof divided by the measured time"], ["would save", "Measured time minus the time at the roof"],
    ["alike", "Further executed nodes of the same kind"], ["saved with these", "All of the kind together"],
  ];
  const head = h("tr", {}, ...titles.map(([text, title], i) => h("th", { scope: "col", title, class: i < 2 ? undefined : "number" }, text)));
  const table = h("table", { class: "plain gaps" }, h("thead", {}, head), body);
  const rest = slow.gaps.slice(shownAtFirst);
  if (rest.length === 0) return table;
  const more = h("button", { type: "button", onclick: () => { show(rest); more.remove(); } }, `Show ${format.plural(rest.length, "more kind")}`);
  return h("div", {}, table, more);
}
