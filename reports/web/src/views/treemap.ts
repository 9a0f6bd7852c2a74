// Where time, work and bytes go, by module: areas in proportion, a few levels at a time, click to descend.
import { Chart, tooltip, tooltipBody, type EChartsCoreOption, type EChartsType, type Walk } from "../chart";
import { add, choice, h } from "../dom";
import * as format from "../format";
import { metricsOf, sum, timeTotal, type Metric } from "../metrics";
import { ancestry, contains, moduleTree, type Module } from "../modules";
import type { Bound, NodeRow, Report } from "../schema";
import { nodeLabel, type Store } from "../store";
import { boundName, inkOn, type Palette, type Themes } from "../theme";

type Tile =
  | { kind: "module"; module: Module; name: string; value: number; bound: Bound; rows: NodeRow[] }
  | { kind: "node"; node: NodeRow; name: string; value: number; bound: Bound; rows: NodeRow[] };

type Hit = { data?: { tile?: number; name?: string; value?: number } };

/// How many tiles may be drawn in all when each tile of the first level shows this many levels inside.
const tilesDrawn: readonly number[] = [Infinity, 700, 240, 240, 240];
const origin = "treemap";

export class Treemap {
  readonly section: HTMLElement;
  readonly #root: Module;
  readonly #trail = h("nav", { class: "trail", "aria-label": "Module" });
  readonly #note = h("p", { class: "note" });
  readonly #chart: Chart;
  #at: Module;
  #metric: Metric | undefined;
  #tiles: Tile[] = []; // of the first level
  #drawn: Tile[] = []; // all; the chart copies what it is given, so its items only carry a position here

  constructor(
    readonly store: Store,
    readonly themes: Themes,
  ) {
    const metrics = metricsOf(store.report);
    this.#metric = metrics[0];
    this.#root = moduleTree(store.report.nodes, store.report.model.name || "model");
    this.#at = this.#root;
    this.#chart = new Chart(themes, {
      label: "Treemap by module; arrow keys walk through the tiles, Enter descends, Backspace goes up",
      option: (palette) => this.#option(palette),
      ready: (instance) => this.#listen(instance),
      walk: () => this.#walk(),
    });
    this.section = h("section", { class: "card wide", id: "modules" }, h("h2", {}, "Where it goes, by module"));
    if (!this.#metric) {
      this.section.append(h("p", { class: "empty" }, "No node has a known cost, so there is nothing to draw."));
      return;
    }
    const switcher = choice("Treemap shows", metrics, this.#metric.value, (value) => {
      this.#metric = metrics.find((metric) => metric.value === value);
      this.#show();
    });
    this.section.append(h("div", { class: "bar" }, this.#trail, switcher), this.#chart.host, this.#chart.readout, this.#note);
    store.subscribe((selection) => this.#follow(selection.origin));
    this.#show();
  }

  descend(module: Module): void {
    this.#at = module;
    this.#show();
    if (module === this.#root) this.store.clear(origin);
    else this.store.selectRows(module.rows.map((node) => node.row), ancestry(module).slice(1).map((step) => step.name).join("/"), origin);
  }

  #activate(tile: Tile): void {
    if (tile.kind === "module") this.descend(tile.module);
    else this.store.selectNode(tile.node.row, origin);
  }

  /// A selection made elsewhere is shown here too: go up until the selected node is in view.
  #follow(from: string): void {
    const { primary } = this.store.selection;
    if (from !== origin && primary?.kind === "node") {
      let at = this.#at;
      while (at.parent && !contains(at, primary.index)) at = at.parent;
      if (at !== this.#at) {
        this.#at = at;
        this.#show();
        return;
      }
    }
    this.#chart.redraw();
  }

  #show(): void {
    const metric = this.#metric!;
    const value = sum(this.#at.rows, (row) => metric.of(row));
    this.#trail.replaceChildren();
    for (const module of ancestry(this.#at)) {
      const here = module === this.#at;
      add(this.#trail, [
        module.parent ? " / " : null,
        h("button", { type: "button", "aria-current": here ? "location" : undefined, onclick: () => this.descend(module) }, format.shorten(module.name, 60)),
      ]);
    }
    const notes = [`${metric.show(value.value)} in ${format.plural(value.known, "node")}.`];
    if (value.unknown > 0)
      notes.push(`${format.plural(value.unknown, "node")} without a known value ${value.unknown === 1 ? "has" : "have"} no area.`);
    const remainder = this.store.report.totals.remainder_us;
    if (metric.value === "measured" && this.#at === this.#root && remainder !== null)
      notes.push(remainder < 0 ? `Timed one by one, the nodes add up to ${format.time(-remainder)} more than the latency.` : `Measured but joined to no node: ${format.time(remainder)} (the remainder).`);
    this.#note.textContent = notes.join(" ");
    this.#note.title = metric.exact(value.value);
    this.#chart.redraw();
  }

  #option(palette: Palette): EChartsCoreOption {
    const metric = this.#metric!;
    const total = timeTotal(this.store.report, metric); // shares are of the whole model, at any depth
    this.#tiles = tilesOf(this.#at, metric, this.store.report);
    const draw = (depth: number): object[] => {
      this.#drawn = [];
      return this.#tiles.map((tile) => this.#item(tile, palette, depth));
    };
    // The deepest view whose tiles are not yet crumbs.
    let depth = tilesDrawn.length - 1;
    let data = draw(depth);
    while (depth > 0 && this.#drawn.length > tilesDrawn[depth]!) data = draw(--depth);
    const remainder = this.store.report.totals.remainder_us;
    if (metric.value === "measured" && this.#at === this.#root && remainder !== null && remainder > 0)
      data.push({ name: "remainder", value: remainder, label: { color: inkOn(palette.remainder) }, itemStyle: { color: palette.remainder } });
    return {
      tooltip: tooltip(palette, (params: Hit) => {
        const tile = this.#drawn[params.data?.tile ?? -1];
        if (!tile) return params.data?.name ? `${params.data.name}: ${metric.show(params.data.value ?? 0)}` : "";
        return this.#describe(tile, metric, total);
      }),
      series: [
        {
          type: "treemap",
          roam: false,
          nodeClick: false,
          breadcrumb: { show: false },
          left: 0, right: 0, top: 0, bottom: 0,
          sort: "desc",
          visibleMin: 40,
          childrenVisibleMin: 400,
          label: {
            show: true, fontSize: 12, lineHeight: 15, overflow: "truncate", position: [5, 5],
            formatter: (params: { name: string; value: number }) =>
              `${params.name}\n${metric.show(params.value)} · ${format.percent(total > 0 ? params.value / total : 0)}`,
          },
          upperLabel: {
            show: true, height: 20, color: palette.text, overflow: "truncate",
            formatter: (params: { name: string; value: number }) =>
              `${params.name}  ${metric.show(params.value)} · ${format.percent(total > 0 ? params.value / total : 0)}`,
          },
          itemStyle: { borderColor: palette.surface, borderWidth: 1, gapWidth: 1 },
          levels: [{ itemStyle: { gapWidth: 3, borderWidth: 0 }, upperLabel: { show: false } }],
          data,
        },
      ],
    };
  }

  #item(tile: Tile, palette: Palette, depth: number): object {
    const color = palette.bound[tile.bound];
    const inner = tile.kind === "module" && depth > 0 ? tilesOf(tile.module, this.#metric!, this.store.report) : [];
    // The innermost tiles wear the selection's ring; on a frame it would hide the frame's label.
    const chosen = inner.length === 0 && this.#isChosen(tile);
    return {
      name: format.oneLine(format.shorten(tile.name, 200)),
      value: tile.value,
      tile: this.#drawn.push(tile) - 1,
      label: { color: inkOn(color) },
      itemStyle: { color, borderColor: chosen ? palette.ring : inner.length > 0 ? palette.grid : palette.surface, borderWidth: chosen ? 3 : 1 },
      children: inner.length > 0 ? inner.map((child) => this.#item(child, palette, depth - 1)) : undefined,
    };
  }

  #isChosen(tile: Tile): boolean {
    const { rows } = this.store.selection;
    return rows.size > 0 && tile.rows.some((node) => rows.has(node.row));
  }

  #describe(tile: Tile, metric: Metric, total: number): HTMLElement {
    return tooltipBody(format.shorten(tile.kind === "module" ? tile.module.path || tile.name : nodeLabel(this.store.report, tile.node.row), 120), [
      [metric.text.toLowerCase(), `${metric.show(tile.value)} (${metric.exact(tile.value)})`],
      ["share", format.percent(total > 0 ? tile.value / total : 0)],
      ["nodes", tile.rows.length.toLocaleString("en-US")],
      tile.kind === "node" ? ["op", tile.node.op_type] : null,
      ["limited mostly by", boundName[tile.bound]],
    ]);
  }

  #listen(instance: EChartsType): void {
    instance.on("click", (params) => {
      const tile = this.#drawn[(params as Hit).data?.tile ?? -1];
      if (tile) this.#activate(tile);
    });
  }

  #walk(): Walk {
    return {
      length: this.#tiles.length,
      describe: (i) => `${format.shorten(this.#tiles[i]!.name, 200)}: ${this.#metric!.show(this.#tiles[i]!.value)}`,
      highlight: (i, chart) => {
        chart.dispatchAction({ type: "downplay", seriesIndex: 0 });
        chart.dispatchAction({ type: "highlight", seriesIndex: 0, name: format.oneLine(format.shorten(this.#tiles[i]!.name, 200)) });
      },
      activate: (i) => this.#activate(this.#tiles[i]!),
      back: () => this.#at.parent && this.descend(this.#at.parent),
    };
  }
}

/// The tiles of one module, largest first.
function tilesOf(module: Module, metric: Metric, report: Report): Tile[] {
  const tiles: Tile[] = [];
  for (const child of module.children) {
    const value = sum(child.rows, (row) => metric.of(row)).value;
    if (value > 0) tiles.push({ kind: "module", module: child, name: child.name, value, bound: mainBound(child.rows, metric), rows: child.rows });
  }
  for (const node of module.leaves) {
    const value = metric.of(node);
    if (value !== null && value > 0)
      tiles.push({ kind: "node", node, name: leafName(nodeLabel(report, node.row), node), value, bound: node.bound, rows: [node] });
  }
  return tiles.sort((a, b) => b.value - a.value);
}

/// The module's path stands above the tile already: only the last part of a node's name is new.
function leafName(label: string, node: NodeRow): string {
  const last = label.slice(label.lastIndexOf("/") + 1) || label;
  return last.toLowerCase().startsWith(node.op_type.toLowerCase()) ? last : `${node.op_type} ${last}`;
}

/// What limits the largest part of these rows.
function mainBound(rows: readonly NodeRow[], metric: Metric): Bound {
  const by = new Map<Bound, number>();
  for (const row of rows) by.set(row.bound, (by.get(row.bound) ?? 0) + (metric.of(row) ?? 0));
  let best: Bound = "";
  let most = 0;
  for (const [bound, value] of by) if (value > most) [best, most] = [bound, value];
  return best;
}
