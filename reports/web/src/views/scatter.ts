// Predicted against measured time, one mark per executed node, with the line where both agree.
import { axis, Chart, decades, tooltip, tooltipBody, type EChartsCoreOption } from "../chart";
import { h } from "../dom";
import * as format from "../format";
import { pointsOf, type Point } from "../points";
import { rangeText } from "../prediction";
import type { Bound, Report } from "../schema";
import type { Store } from "../store";
import { boundName, boundSymbol, type Palette, type Themes } from "../theme";

interface Mark extends Point {
  measured_us: number;
  predicted_us: number;
}

type Hit = { data?: { mark?: number } };

const markSize = 8;
const bounds: readonly Bound[] = ["compute", "memory", "dispatch", "free", ""];

export function scatterView(store: Store, themes: Themes): HTMLElement {
  const { report } = store;
  const section = h("section", { class: "card", id: "scatter" }, h("h2", {}, "Predicted against measured"));
  const marks = pointsOf(report).filter(
    (p): p is Mark => p.measured_us !== null && p.measured_us > 0 && p.predicted_us !== null && p.predicted_us > 0,
  );
  if (marks.length === 0) {
    section.classList.add("wide");
    section.append(h("p", { class: "empty" }, noMeasurement(report)));
    return section;
  }
  section.append(h("p", { class: "lead" }, agreement(marks)));
  const range = decades(marks.flatMap((mark) => [mark.measured_us, mark.predicted_us]));
  const places = new Map(marks.map((mark, i) => [mark, i]));
  const at = (params: Hit): Mark | undefined => marks[params.data?.mark ?? -1];
  const asItem = (mark: Mark): object => ({ value: [mark.predicted_us, mark.measured_us], mark: places.get(mark) });
  const diagonal = (factor: number): number[][] => [
    [Math.max(range[0], range[0] / factor), Math.max(range[0], range[0] * factor)],
    [Math.min(range[1], range[1] / factor), Math.min(range[1], range[1] * factor)],
  ];
  const step = (range[1] / range[0]) ** 0.05; // in from the corners
  const option = (palette: Palette): EChartsCoreOption => {
    const name = (text: string, position: string): object => ({ show: true, formatter: () => text, position, color: palette.muted, fontSize: 11 });
    return {
    grid: { left: 74, right: 22, top: 20, bottom: 46 },
    tooltip: tooltip(palette, (params: Hit) => {
      const mark = at(params);
      return mark ? describe(mark) : "";
    }),
    xAxis: axis(palette, "predicted time", format.time, { type: "log", min: range[0], max: range[1] }),
    yAxis: axis(palette, "measured time", format.time, { type: "log", min: range[0], max: range[1], nameGap: 54 }),
    series: [
      ...[1, 2, 0.5].map((factor) => ({
        type: "line",
        silent: true,
        symbol: "none",
        lineStyle: { color: factor === 1 ? palette.text : palette.line, width: 1.2, type: factor === 1 ? "solid" : "dashed" },
        data: diagonal(factor),
      })),
      {
        type: "scatter",
        silent: true,
        symbolSize: 1,
        itemStyle: { color: "transparent" },
        data: [
          { value: [range[1] / 2 / step, range[1] / step], label: name("2× slower than predicted", "left") },
          { value: [range[0] * 2 * step, range[0] * step], label: name("2× faster", "right") },
        ],
      },
      ...bounds.map((bound) => ({
        type: "scatter",
        id: `bound-${bound}`,
        progressive: 0,
        symbol: boundSymbol[bound],
        symbolSize: markSize,
        itemStyle: { color: palette.bound[bound], opacity: 0.7 },
        emphasis: { itemStyle: { opacity: 1, borderColor: palette.ring, borderWidth: 1.5 } },
        data: marks.filter((mark) => mark.bound === bound).map(asItem),
      })),
    ],
    };
  };
  const isChosen = (mark: Mark): boolean => (mark.kind === "runtime" ? store.selection.runtime : store.selection.rows).has(mark.index);
  const select = (mark: Mark): void =>
    mark.kind === "runtime" ? store.selectRuntime(mark.index, "scatter") : store.selectNode(mark.index, "scatter");
  const byGap = [...marks].sort((a, b) => b.measured_us - b.predicted_us - (a.measured_us - a.predicted_us));
  const chart = new Chart(themes, {
    label: `Predicted against measured time of ${marks.length} nodes; arrow keys walk through them from the largest excess on`,
    option,
    ready: (instance) =>
      instance.on("click", (params) => {
        const mark = at(params as Hit);
        if (mark) select(mark);
      }),
    rings: () => marks.filter(isChosen).map((mark) => ({ x: mark.predicted_us, y: mark.measured_us, size: markSize })),
    walk: () => ({
      length: byGap.length,
      describe: (i) => {
        const mark = byGap[i]!;
        return `${format.shorten(mark.name, 200)} (${mark.op_type}): ${format.time(mark.measured_us)} measured, ${format.time(mark.predicted_us)} predicted`;
      },
      highlight: (i) => select(byGap[i]!),
      activate: (i) => select(byGap[i]!),
    }),
  });
  store.subscribe(() => chart.drawRings());
  section.append(chart.host, chart.readout);
  return section;
}

function describe(mark: Mark): HTMLElement {
  return tooltipBody(format.shorten(mark.name, 70), [
    ["op", mark.op_type],
    ["measured", format.time(mark.measured_us)],
    ["predicted", format.time(mark.predicted_us)],
    mark.interval ? ["90% interval", rangeText(mark.interval)] : null,
    ["measured ÷ predicted", `${format.significant(mark.measured_us / mark.predicted_us)}×`],
    ["bound", boundName[mark.bound]],
  ]);
}

/// How far the marks lie from the line, in words: by node, and weighted by time.
function agreement(marks: readonly Mark[]): string {
  const errors = marks.map((mark) => Math.abs(mark.predicted_us - mark.measured_us) / mark.measured_us).sort((a, b) => a - b);
  const median = errors[Math.floor(errors.length / 2)] ?? 0;
  const total = marks.reduce((all, mark) => all + mark.measured_us, 0);
  const off = marks.reduce((all, mark) => all + Math.abs(mark.predicted_us - mark.measured_us), 0);
  const close = marks.filter((mark) => {
    const ratio = mark.measured_us / mark.predicted_us;
    return ratio >= 0.5 && ratio <= 2;
  });
  const share = close.reduce((all, mark) => all + mark.measured_us, 0) / total;
  return (
    `${format.plural(marks.length, "executed node")}: the median error of one node is ${format.percent(median)} of its measured time, ` +
    `weighted by time ${format.percent(off / total)}; nodes within a factor of 2 make up ${format.percent(share)} of the time. ` +
    `${held(marks)}Above the line: slower than predicted.`
  );
}

/// Whether the intervals hold what they say.
function held(marks: readonly Mark[]): string {
  const stated = marks.flatMap((mark) => (mark.interval ? [{ ...mark.interval, us: mark.measured_us }] : []));
  if (stated.length === 0) return "";
  const inside = stated.filter(({ low, high, us }) => low <= us && us <= high).length;
  return `${format.percent(inside / stated.length)} of the nodes lie within their 90% intervals. `;
}

function noMeasurement(report: Report): string {
  const { status, reason, advice } = report.measurement;
  if (status === "ok") return "No executed node has both a measured and a predicted time.";
  return ["Nothing was measured", reason ? `: ${reason}.` : ".", advice ? ` ${advice}` : ""].join("").replace(/\.\./g, ".");
}
