// Reads the data island, lays out the views and joins them by one selection.
import "./style.css";
import { Chart } from "./chart";
import { h } from "./dom";
import * as format from "./format";
import { sum, timeMetric, timeTotal } from "./metrics";
import { parseReport, type Report } from "./schema";
import { Store } from "./store";
import { Themes } from "./theme";
import { formulasView } from "./views/formulas";
import { drawMap, mapOf } from "./views/map";
import { assumptionsView, machineView, uncoveredView } from "./views/notes";
import { memoryView } from "./views/memory";
import { nodesView } from "./views/nodes";
import { opsView } from "./views/ops";
import { optimizersView } from "./views/optimizers";
import { rooflineView } from "./views/roofline";
import { runtimeView } from "./views/runtime";
import { scatterView } from "./views/scatter";
import { slowView } from "./views/slow";
import { summaryView } from "./views/summary";
import { Treemap } from "./views/treemap";

const sections = [
  ["summary", "Summary"], ["modules", "Modules"], ["roofline", "Roofline"], ["scatter", "Prediction"], ["slow", "Slow"], ["ops", "Ops"],
  ["memory", "Memory"],
  ["formulas", "Formulas"],
  ["nodes", "Nodes"], ["runtime", "Executed"], ["uncovered", "Uncovered"], ["machine", "Machine"], ["assumptions", "Assumptions"],
] as const;

function header(report: Report, themes: Themes): HTMLElement {
  const { model, totals } = report;
  const facts: [string, string | undefined][] = [
    [model.family, undefined],
    [model.opset === null ? "" : `opset ${model.opset}`, undefined],
    [format.plural(totals.nodes, "node"), undefined],
    [totals.parameters === null ? "" : `${format.count(totals.parameters)} parameters`, totals.parameters === null ? undefined : format.exact(totals.parameters, "parameters")],
    [totals.weight_bytes === null ? "" : `${format.bytes(totals.weight_bytes)} weights`, totals.weight_bytes === null ? undefined : format.exact(totals.weight_bytes, "B")],
  ];
  const line = h("p", { class: "model" });
  for (const [text, title] of facts) if (text) line.append(h("span", { title }, text));
  const toggle = h("button", { type: "button", id: "theme", title: "Switch between light and dark", onclick: () => themes.toggle() });
  const name = (): void => void (toggle.textContent = themes.current === "dark" ? "☀ Light" : "☾ Dark");
  themes.onChange(name);
  name();
  const links = h("nav", { class: "contents", "aria-label": "Sections" }, ...sections.map(([id, text]) => h("a", { href: `#${id}` }, text)));
  return h("header", {}, h("div", { class: "title" }, h("h1", {}, format.shorten(model.file || model.name, format.longest.cell)), line, toggle), links);
}

/// Says at all times what is selected and what it adds up to, and takes the selection back.
function selectionBar(store: Store): HTMLElement {
  const bar = h("div", { class: "selection", role: "status", id: "selection" });
  const metric = timeMetric(store.report);
  store.subscribe(({ rows, label }) => {
    bar.replaceChildren();
    bar.classList.toggle("on", label !== "");
    if (label === "") return;
    const nodes = [...rows].flatMap((row) => store.report.nodes[row] ?? []);
    const parts = [format.plural(nodes.length, "node")];
    if (metric) {
      const time = sum(nodes, (node) => metric.of(node));
      const all = timeTotal(store.report, metric);
      if (time.known > 0) parts.push(`${format.time(time.value)} ${metric.value}${all > 0 ? ` (${format.percent(time.value / all)})` : ""}`);
    }
    const work = sum(nodes, (node) => node.flops);
    if (work.known > 0) parts.push(format.flops(work.value));
    bar.append(h("strong", { title: format.shorten(label, format.longest.hover) }, format.shorten(label, 80)), h("span", {}, parts.join(" · ")),
      h("button", { type: "button", onclick: () => store.clear("bar") }, "Clear (Esc)"));
  });
  return bar;
}

function page(report: Report, app: HTMLElement): void {
  document.title = `${report.model.file || report.model.name} · costscan`;
  const themes = new Themes();
  const store = new Store(report);
  const nodes = nodesView(store);
  const runtime = runtimeView(store);
  app.append(
    header(report, themes),
    selectionBar(store),
    h("main", {},
      summaryView(store, themes), new Treemap(store, themes).section, rooflineView(store, themes), scatterView(store, themes),
      slowView(store), opsView(store, themes), memoryView(store, themes), formulasView(report), nodes.section, runtime.section, optimizersView(report) ?? "", uncoveredView(store), machineView(store, themes), assumptionsView(report)),
  );
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") store.clear("keyboard");
  });
  const printing = (on: boolean): void => {
    themes.printing(on);
    nodes.table.printing(on);
    runtime.table?.printing(on);
    if (on) Chart.drawAll();
  };
  addEventListener("beforeprint", () => printing(true));
  addEventListener("afterprint", () => printing(false));
}

const app = document.getElementById("app")!;
try {
  const data = document.getElementById("costscan-data")?.textContent ?? "";
  const map = mapOf(data);
  const host = document.getElementById("map");
  if (map === null) page(parseReport(data), app);
  else if (host) drawMap(map, host); // its page is text already
} catch (error) {
  app.replaceChildren(h("p", { class: "failure", role: "alert" }, error instanceof Error ? error.message : String(error)));
}
document.documentElement.dataset["ready"] = "true";
