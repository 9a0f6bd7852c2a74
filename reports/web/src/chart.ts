// ECharts behind one small door: drawn when it comes near the screen, redrawn for a theme or a new size, driven by keys.
import { LineChart, ScatterChart, TreemapChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { h } from "./dom";
import type { Palette, Themes } from "./theme";

use([LineChart, ScatterChart, TreemapChart, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

export type { EChartsCoreOption, EChartsType };

/// What the arrow keys walk through in a chart: a canvas alone says nothing to a keyboard or a screen reader.
export interface Walk {
  length: number;
  describe(position: number): string;
  highlight(position: number, chart: EChartsType): void;
  activate(position: number): void;
  back?(): void;
}

export interface ChartSpec {
  label: string; // for screen readers
  option(palette: Palette): EChartsCoreOption;
  ready?(chart: EChartsType): void; // once: listeners
  drawn?(chart: EChartsType): void; // after each full draw: overlays
  walk?(): Walk;
}

export class Chart {
  static readonly #all: Chart[] = [];
  readonly host: HTMLElement;
  readonly readout = h("p", { class: "readout", "aria-live": "polite" });
  instance: EChartsType | null = null;
  #position = -1;

  constructor(
    readonly themes: Themes,
    readonly spec: ChartSpec,
  ) {
    this.host = h("div", { class: "chart", role: "img", "aria-label": spec.label, tabindex: spec.walk ? "0" : undefined });
    if (spec.walk) this.host.addEventListener("keydown", (event) => this.#onKey(event));
    new IntersectionObserver(
      (entries, observer) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        this.draw();
      },
      { rootMargin: "300px" },
    ).observe(this.host);
    new ResizeObserver(() => this.instance?.resize()).observe(this.host);
    themes.onChange(() => this.redraw());
    Chart.#all.push(this);
  }

  /// For print: charts that were never scrolled to, and those whose column has another width on paper.
  static drawAll(): void {
    for (const chart of Chart.#all) {
      chart.draw();
      chart.instance?.resize();
    }
  }

  /// Draws whether or not the chart is near the screen (printing needs all of them).
  draw(): void {
    if (!this.instance) {
      this.instance = init(this.host, null, { renderer: "canvas", devicePixelRatio: Math.max(2, devicePixelRatio) });
      this.spec.ready?.(this.instance);
    }
    this.instance.setOption(
      { animation: false, textStyle: { fontFamily: "system-ui, sans-serif" }, ...this.spec.option(this.themes.palette) },
      { notMerge: true },
    );
    this.spec.drawn?.(this.instance);
    this.host.dataset["drawn"] = "true";
  }

  redraw(): void {
    this.#position = -1;
    if (this.instance) this.draw();
  }

  #onKey(event: KeyboardEvent): void {
    const walk = this.spec.walk?.();
    if (!walk || !this.instance) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined && walk.length > 0) {
      this.#position = Math.min(walk.length - 1, Math.max(0, this.#position + step));
      this.readout.textContent = walk.describe(this.#position);
      walk.highlight(this.#position, this.instance);
    } else if (event.key === "Enter" && this.#position >= 0) {
      walk.activate(this.#position);
    } else if (event.key === "Backspace" && walk.back) {
      walk.back();
    } else {
      return;
    }
    event.preventDefault();
  }
}

/// A tooltip built from elements, so that no name is ever parsed as HTML.
export function tooltip(palette: Palette, describe: (params: never) => HTMLElement | string): object {
  return {
    trigger: "item",
    confine: true,
    transitionDuration: 0,
    backgroundColor: palette.surface,
    borderColor: palette.line,
    textStyle: { color: palette.text, fontSize: 12 },
    formatter: (params: never) => describe(params),
  };
}

/// The body of a tooltip: a title, then label and value lines.
export function tooltipBody(title: string, lines: (readonly [string, string] | null)[]): HTMLElement {
  const body = h("div", { class: "tip" }, h("strong", {}, title));
  for (const line of lines) if (line) body.append(h("div", {}, h("span", {}, line[0]), ` ${line[1]}`));
  return body;
}

export function axis(palette: Palette, name: string, format: (value: number) => string, extra: object = {}): object {
  return {
    name,
    nameLocation: "middle",
    nameGap: 30,
    nameTextStyle: { color: palette.muted },
    axisLine: { lineStyle: { color: palette.line } },
    axisLabel: { color: palette.muted, formatter: (value: number) => format(value), hideOverlap: true },
    splitLine: { lineStyle: { color: palette.grid } },
    ...extra,
  };
}

/// The decades that enclose all positive values; a log axis needs room on both sides.
export function decades(values: readonly number[]): [number, number] {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (!(value > 0) || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) return [1, 10];
  const from = 10 ** Math.floor(Math.log10(low * 0.8));
  const to = 10 ** Math.ceil(Math.log10(high * 1.25));
  return from === to ? [from, from * 10] : [from, to];
}
