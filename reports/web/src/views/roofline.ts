// The roofline: what each node reached, under what the machine could have given it. Both axes are logarithmic.
import { axis, Chart, decades, tooltip, tooltipBody, type EChartsCoreOption, type Walk } from "../chart";
import { h } from "../dom";
import * as format from "../format";
import { sum } from "../metrics";
import { formulaOf, pointsOf, type Point } from "../points";
import type { Bound, Report } from "../schema";
import type { Selection, Store } from "../store";
import { boundName, boundSymbol, type Palette, type Themes } from "../theme";

interface Mark extends Point {
  x: number; // FLOP per compulsory byte
  y: number; // FLOP/s
  us: number;
  place: number; // among the marks
}

type Hit = { data?: { mark?: number } };

const bounds: readonly Bound[] = ["compute", "memory", "dispatch", "free", ""];

export function rooflineView(store: Store, themes: Themes): HTMLElement {
  const { report } = store;
  const points = pointsOf(report);
  const measured = points.some((point) => point.measured_us !== null);
  const marks = toMarks(points, measured);
  const rates = report.rates;
  const peak = rates?.flops_per_second ?? 0;
  const bandwidth = rates?.bytes_per_second ?? 0;
  const roof = (x: number): number => (peak > 0 && bandwidth > 0 ? Math.min(peak, bandwidth * x) : 0);
  const section = h("section", { class: measured ? "card" : "card wide", id: "roofline" }, h("h2", {}, "Roofline"));
  section.append(h("p", { class: "lead" }, lead(points, marks, measured, roof)));
  if (marks.length === 0) {
    section.append(h("p", { class: "empty" }, "No node has both floating-point work and a time, so there is nothing to draw."));
    return section;
  }
  const longest = marks.reduce((most, mark) => Math.max(most, mark.us), 0);
  const size = (mark: Mark): number => 5 + 27 * Math.sqrt(mark.us / longest);
  const ridge = peak > 0 && bandwidth > 0 ? peak / bandwidth : 0;
  const xs = decades([...marks.map((mark) => mark.x), ridge]);
  const ys = decades([...marks.map((mark) => mark.y), peak]);
  const asItem = (mark: Mark): object => ({ value: [mark.x, mark.y], symbolSize: size(mark), mark: mark.place });

  // The chart copies what it is given, so that its items carry a position and not the mark itself.
  const at = (params: Hit): Mark | undefined => marks[params.data?.mark ?? -1];

  const option = (palette: Palette): EChartsCoreOption => ({
    grid: { left: 74, right: 22, top: 26, bottom: 46 },
    tooltip: tooltip(palette, (params: Hit) => {
      const mark = at(params);
      return mark ? describe(report, mark, roof, measured) : "";
    }),
    xAxis: axis(palette, "arithmetic intensity (FLOP per compulsory byte)", (v) => format.si(v, ""), {
      type: "log", min: xs[0], max: xs[1],
    }),
    yAxis: axis(palette, measured ? "achieved FLOP/s" : "predicted FLOP/s", (v) => format.si(v, ""), {
      type: "log", min: ys[0], max: ys[1], nameGap: 54,
    }),
    series: [
      ...roofSeries(palette, xs, ys, peak, bandwidth, ridge),
      ...bounds.map((bound) => ({
        type: "scatter",
        id: `bound-${bound}`,
        progressive: 0,
        symbol: boundSymbol[bound],
        itemStyle: { color: palette.bound[bound], opacity: 0.72, borderColor: palette.surface, borderWidth: 0.5 },
        emphasis: { itemStyle: { opacity: 1, borderColor: palette.ring, borderWidth: 1.5 } },
        data: marks.filter((mark) => mark.bound === bound).map(asItem),
      })),
    ],
  });
  const mine = (selection: Selection, mark: Mark): boolean =>
    (mark.kind === "runtime" ? selection.runtime : selection.rows).has(mark.index);
  const select = (mark: Mark): void =>
    mark.kind === "runtime" ? store.selectRuntime(mark.index, "roofline") : store.selectNode(mark.index, "roofline");
  const byTime = [...marks].sort((a, b) => b.us - a.us);
  const chart = new Chart(themes, {
    label: `Roofline of ${marks.length} nodes; arrow keys walk through them from the longest on`,
    option,
    ready: (instance) =>
      instance.on("click", (params) => {
        const mark = at(params as Hit);
        if (mark) select(mark);
      }),
    rings: () => marks.filter((mark) => mine(store.selection, mark)).map((mark) => ({ x: mark.x, y: mark.y, size: size(mark) })),
    walk: (): Walk => ({
      length: byTime.length,
      describe: (i) => sentence(byTime[i]!, roof),
      highlight: (i) => select(byTime[i]!),
      activate: (i) => select(byTime[i]!),
    }),
  });
  store.subscribe(() => chart.drawRings());
  section.append(chart.host, chart.readout, legend(marks, themes));
  return section;
}

function toMarks(points: readonly Point[], measured: boolean): Mark[] {
  const marks: Mark[] = [];
  for (const point of points) {
    const us = measured ? point.measured_us : point.predicted_us;
    const x = point.intensity;
    if (us === null || us <= 0 || point.flops === null || point.flops <= 0 || x === null || x <= 0) continue;
    marks.push({ ...point, x, y: point.flops / (us * 1e-6), us, place: marks.length });
  }
  return marks;
}

function lead(points: readonly Point[], marks: readonly Mark[], measured: boolean, roof: (x: number) => number): string {
  const what = points[0]?.kind === "runtime" ? "executed node" : "node";
  const time = (list: readonly Point[]): number => sum(list, (p) => (measured ? p.measured_us : p.predicted_us)).value;
  const drawn = new Set(marks.map((mark) => mark.index));
  const rest = points.filter((point) => !drawn.has(point.index));
  const total = time(points);
  const basis = measured ? "measured" : "predicted, so every mark lies at or below its roof by construction";
  let text = `One mark per ${what}, its size the time (${basis}); its distance below the roof is what is lost.`;
  if (rest.length > 0)
    text += ` ${format.plural(rest.length, what)} without floating-point work, cost or time ${rest.length === 1 ? "is" : "are"} not drawn`;
  if (rest.length > 0) text += total > 0 ? ` (${format.percent(time(rest) / total)} of the time).` : ".";
  // Above the roof by more than noise: the slanted part is main memory's bandwidth, and small tensors never leave the cache.
  if (measured && marks.some((mark) => mark.bound === "memory" && mark.y > 1.2 * roof(mark.x)))
    text += " Marks above the slanted roof were fed from cache: it stands for main memory.";
  return text;
}

function roofSeries(
  palette: Palette, xs: [number, number], ys: [number, number], peak: number, bandwidth: number, ridge: number,
): object[] {
  if (ridge <= 0) return [];
  const start = Math.max(xs[0], ys[0] / bandwidth);
  const along = Math.sqrt(start * ridge);
  const label = (text: string, position: string): object => ({
    show: true, formatter: () => text, position, color: palette.muted, fontSize: 11,
  });
  return [
    {
      type: "line",
      id: "roof",
      silent: true,
      symbol: "none",
      lineStyle: { color: palette.text, width: 1.5 },
      data: [[start, bandwidth * start], [ridge, peak], [xs[1], peak]],
    },
    {
      type: "scatter",
      id: "ridge",
      silent: true,
      symbolSize: 1,
      itemStyle: { color: "transparent" },
      data: [
        { value: [ridge, peak], label: label(`${format.si(peak, "FLOP/s")} · ridge at ${format.intensity(ridge)}`, Math.log(ridge / xs[0]) > 0.35 * Math.log(xs[1] / xs[0]) ? "left" : "right"), symbolOffset: [0, -10] },
        { value: [along, bandwidth * along], label: label(format.si(bandwidth, "B/s"), "left"), symbolOffset: [0, -8] },
      ],
    },
  ];
}

function sentence(mark: Mark, roof: (x: number) => number): string {
  const share = roof(mark.x) > 0 ? `, ${format.percent(mark.y / roof(mark.x))} of its roof` : "";
  return `${format.shorten(mark.name, 200)} (${mark.op_type}): ${format.time(mark.us)}, ${format.si(mark.y, "FLOP/s")}${share}`;
}

function describe(report: Report, mark: Mark, roof: (x: number) => number, measured: boolean): HTMLElement {
  const formula = formulaOf(report, mark.rows);
  return tooltipBody(format.shorten(mark.name, 70), [
    ["op", `${mark.op_type}${mark.rows.length > 1 ? `, computes ${mark.rows.length} nodes` : ""}`],
    [measured ? "measured" : "predicted", format.time(mark.us)],
    measured && mark.predicted_us !== null ? ["predicted", format.time(mark.predicted_us)] : null,
    ["reached", `${format.si(mark.y, "FLOP/s")}${roof(mark.x) > 0 ? `, ${format.percent(mark.y / roof(mark.x))} of its roof` : ""}`],
    ["cost", `${format.flops(mark.flops ?? 0)}, ${mark.compulsory_bytes === null ? "bytes unknown" : format.bytes(mark.compulsory_bytes)}, ${format.intensity(mark.x)}`],
    ["bound", boundName[mark.bound]],
    formula ? ["formula", format.shorten(formula, 90)] : null,
  ]);
}

function legend(marks: readonly Mark[], themes: Themes): HTMLElement {
  const box = h("p", { class: "legend" }, "limited by: ");
  const fill = (): void => {
    box.replaceChildren("limited by: ");
    for (const bound of bounds) {
      const n = marks.filter((mark) => mark.bound === bound).length;
      if (n === 0) continue;
      const key = h("span", { class: `key ${bound || "none"}` });
      key.style.backgroundColor = themes.palette.bound[bound];
      box.append(h("span", { class: "entry" }, key, `${boundName[bound]} (${n.toLocaleString("en-US")})`));
    }
  };
  fill();
  themes.onChange(fill);
  return box;
}
