// What each of the runtime's own optimisers bought; only in reports made with --leave-one-out.
import { figure, h } from "../dom";
import * as format from "../format";
import type { OptimizerEffect, Report } from "../schema";

const us = (value: number): string => format.exact(value, "µs");

/// null where nobody asked for the comparison: the section is then left out.
export function optimizersView(report: Report): HTMLElement | null {
  const study = report.optimizers ?? null;
  if (study === null) return null;
  const section = h("section", { class: "card wide", id: "optimizers" }, h("h2", {}, "The runtime's optimisers, each left out"));
  if (study.reason !== "") section.append(h("p", { class: "callout" }, `Not compared to the end: ${[study.reason, study.advice].filter((text) => text !== "").join("; ")}`));
  const { control } = study;
  section.append(h("p", { class: "lead" },
    `${format.plural(study.nodes, "executed node")} with all optimisers. Each row is the model without one of them, in turns with one that has them all; above 1 the optimiser made it faster. `,
    control.ratio === null ? "" : `Two sessions alike differ by ${ratioText(control)}: nearer to 1 than that is not told apart.`));
  if (study.effects.length === 0) {
    section.append(h("p", { class: "empty" }, "No optimiser changed this graph."));
    return section;
  }
  const body = h("tbody", {}, ...ordered(study.effects).map(row));
  const titles: [string, string][] = [
    ["optimiser", "As the runtime calls it"], ["nodes without it", `With it ${study.nodes.toLocaleString("en-US")}`],
    ["with", "Median of the rounds with all optimisers"], ["without", "Median of the rounds without this one"],
    ["without / with", "Ratio of the medians, with its 95% bootstrap interval"], ["verdict", "No difference where the interval spans 1"],
  ];
  const head = h("tr", {}, ...titles.map(([text, title], i) => h("th", { scope: "col", title, class: i >= 1 && i <= 4 ? "number" : undefined }, text)));
  section.append(h("table", { class: "kernels" }, h("thead", {}, head), body));
  return section;
}

/// What bought most first, then what made no difference, then what has no figure.
function ordered(effects: readonly OptimizerEffect[]): OptimizerEffect[] {
  const rank = (effect: OptimizerEffect): number => (effect.ratio === null ? 2 : effect.verdict === "no difference" ? 1 : 0);
  return [...effects].sort((a, b) => rank(a) - rank(b) || (b.ratio ?? 0) - (a.ratio ?? 0));
}

function row(effect: OptimizerEffect): HTMLElement {
  return h("tr", {},
    h("th", { scope: "row" }, format.shorten(effect.name, format.longest.cell)),
    h("td", { class: "number" }, effect.nodes.toLocaleString("en-US")),
    h("td", { class: "number" }, figure(effect.with?.median ?? null, format.time, us)),
    h("td", { class: "number" }, figure(effect.without?.median ?? null, format.time, us)),
    h("td", { class: "number" }, effect.ratio === null ? "" : ratioText(effect)),
    h("td", {}, effect.ratio === null ? `not measured: ${effect.reason}` : effect.verdict));
}

function ratioText(effect: OptimizerEffect): string {
  const digits = (value: number | null): string => (value === null ? "?" : value.toFixed(3));
  return `${digits(effect.ratio)} (${digits(effect.ratio_low)} to ${digits(effect.ratio_high)})`;
}
