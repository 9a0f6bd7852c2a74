// ECharts behind one small door: drawn when it comes near the screen, redrawn for a theme or a new size, driven by keys.
import { LineChart, ScatterChart, TreemapChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { h } from "./dom";
import { tick } from "./format";
import type { Palette, Themes } from "./theme";

use([LineChart, ScatterChart, TreemapChart, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, LabelLayout, CanvasRenderer]);

export type { EChartsCoreOption, EChartsType };

/// What the arrow keys walk through in a chart: a canvas alone says nothing to a keyboard or a screen reader.
export interface Walk {
  length: number;
  start?: number; // where the first key press goes; the first one without
  describe(position: number): string;
  highlight(position: number, chart: EChartsType): void;
  activate(position: number): void;
  back?(): void;
}

/// A ring around a mark, in the chart's own coordinates; `size` in pixels.
export interface Ring {
  x: number;
  y: number;
  size: number;
}

export interface ChartSpec {
  label: string; // for screen readers
  option(palette: Palette): EChartsCoreOption;
  ready?(chart: EChartsType): void; // once: listeners
  rings?(): Ring[]; // the selected marks
  walk?(): Walk;
}

const pixelRatio = Math.max(2, devicePixelRatio);

export class Chart {
  static readonly #all: Chart[] = [];
  readonly host: HTMLElement;
  readonly readout = h("p", { class: "readout", "aria-live": "polite" });
  instance: EChartsType | null = null;
  readonly #overlay = h("canvas", { class: "overlay" });
  #visible = false;
  #stale = true;
  #frame = 0;
  #position = -1;

  constructor(
    readonly themes: Themes,
    readonly spec: ChartSpec,
  ) {
    this.host = h("div", { class: "chart", role: "img", "aria-label": spec.label, tabindex: spec.walk ? "0" : undefined });
    if (spec.walk) this.host.addEventListener("keydown", (event) => this.#onKey(event));
    new IntersectionObserver(
      (entries) => {
        this.#visible = entries.at(-1)?.isIntersecting ?? false;
        if (this.#visible && this.#stale) this.draw();
      },
      { rootMargin: "100px" },
    ).observe(this.host);
    new ResizeObserver(() => this.#resize()).observe(this.host);
    themes.onChange(() => this.redraw());
    Chart.#all.push(this);
  }

  /// For print: charts that were never scrolled to, and those whose column has another width on paper.
  static drawAll(): void {
    for (const chart of Chart.#all) {
      chart.draw();
      chart.#resize();
      chart.instance?.getZr().flush(); // the next frame would come too late
    }
  }

  /// Draws now, whether or not the chart is on the screen.
  draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#stale = false;
    if (!this.instance) {
      this.instance = init(this.host, null, { renderer: "canvas", devicePixelRatio: pixelRatio });
      this.host.append(this.#overlay);
      this.spec.ready?.(this.instance);
    }
    this.instance.setOption(
      { animation: false, textStyle: { fontFamily: "system-ui, sans-serif" }, ...this.spec.option(this.themes.palette) },
      { notMerge: true },
    );
    this.drawRings();
    this.host.dataset["drawn"] = "true";
  }

  /// Something that it shows has changed: drawn with the next frame, or when it comes back to the screen.
  redraw(): void {
    this.#position = -1;
    this.#stale = true;
    if (this.#visible && this.#frame === 0) this.#frame = requestAnimationFrame(() => this.draw());
  }

  /// The selection lies on a canvas of its own: to draw thousands of marks anew for one ring would stall the page.
  drawRings(): void {
    if (!this.instance || !this.spec.rings) return;
    const rings = this.spec.rings();
    this.#overlay.hidden = rings.length === 0;
    if (rings.length === 0) return;
    const { clientWidth: width, clientHeight: height } = this.host;
    this.#overlay.width = width * pixelRatio;
    this.#overlay.height = height * pixelRatio;
    const context = this.#overlay.getContext("2d");
    if (!context) return;
    context.scale(pixelRatio, pixelRatio);
    context.strokeStyle = this.themes.palette.ring;
    context.lineWidth = 2.5;
    for (const ring of rings) {
      const [x, y] = this.instance.convertToPixel({ gridIndex: 0 }, [ring.x, ring.y]) as [number, number];
      context.beginPath();
      context.arc(x, y, ring.size / 2 + 3, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  #resize(): void {
    this.instance?.resize();
    this.drawRings();
  }

  #onKey(event: KeyboardEvent): void {
    const walk = this.spec.walk?.();
    if (!walk || !this.instance) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined && walk.length > 0) {
      const next = this.#position < 0 && walk.start !== undefined ? walk.start : this.#position + step;
      this.#position = Math.min(walk.length - 1, Math.max(0, next));
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
    axisLabel: { color: palette.muted, formatter: (value: number) => tick(format(value)), hideOverlap: true },
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
