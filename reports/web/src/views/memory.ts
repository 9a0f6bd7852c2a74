// Memory over the run: a step area of what is alive while each node runs, and which tensors that are.
import { axis, Chart, tooltip, tooltipBody, type EChartsCoreOption, type EChartsType } from "../chart";
import { clear, h } from "../dom";
import * as format from "../format";
import type { Memory, MemoryBuffer, MemoryStep, Num } from "../schema";
import type { Store } from "../store";
import type { Palette, Themes } from "../theme";

type Hit = { dataIndex?: number };

const listed = 10;
const manySteps = 4000; // beyond that the chart draws the largest of each pixel's steps

export function memoryView(store: Store, themes: Themes): HTMLElement {
  const { memory } = store.report;
  const section = h("section", { class: "card wide", id: "memory" }, h("h2", {}, "Memory over the run"));
  if (!memory || memory.steps.length === 0) {
    section.append(h("p", { class: "empty" }, memory ? "The graph has no nodes." : "A tensor's shape is unknown, so its memory is too: bind dimensions with --dim."));
    return section;
  }
  const { steps } = memory;
  const peak = memory.peak_step ?? 0;
  let shown = peak;
  const chosen = (): number[] => steps.flatMap((step, i) => (isChosen(store, memory, step) ? [i] : []));
  const select = (i: number): void => {
    const step = steps[i]!;
    shown = i;
    if (memory.order === "executed" && step.runtime !== null) store.selectRuntime(step.runtime, "memory");
    else if (memory.order === "file" && step.node !== null) store.selectNode(step.node, "memory");
    draw();
  };
  const table = h("div", { class: "alive" });
  const draw = (): void => {
    clear(table);
    table.append(...aliveTable(memory, shown, peak, select));
  };
  const chart = new Chart(themes, {
    label: `Memory alive at each of ${steps.length} steps; arrow keys walk through the steps, beginning at the peak`,
    option: (palette) => option(memory, palette),
    ready: (instance) => onClick(instance, steps.length, select),
    rings: () => chosen().slice(0, manySteps).map((i) => ({ x: i + 1, y: steps[i]!.during_bytes, size: 7 })),
    walk: () => ({
      length: steps.length,
      start: shown,
      describe: (i) => sentence(memory, i),
      highlight: select,
      activate: select,
    }),
  });
  store.subscribe((selection) => {
    chart.drawRings();
    if (selection.origin === "memory") return;
    const first = chosen()[0];
    shown = selection.label === "" || first === undefined ? peak : first;
    draw();
  });
  draw();
  section.append(h("p", { class: "lead" }, lead(memory)), chart.host, chart.readout, legend(memory, themes), table);
  return section;
}

const isChosen = (store: Store, memory: Memory, step: MemoryStep): boolean =>
  memory.order === "executed"
    ? step.runtime !== null && store.selection.runtime.has(step.runtime)
    : step.node !== null && store.selection.rows.has(step.node);

function stepName(memory: Memory, i: number | null, length = 70): string {
  const step = i === null ? undefined : memory.steps[i];
  if (!step) return "";
  const op = format.shorten(step.op_type, length);
  return step.node_name ? `${op} ${format.shorten(step.node_name, length)}` : `${op} (step ${i! + 1})`;
}

function lead(memory: Memory): string {
  const order = memory.order === "executed" ? "as the runtime executes them" : "in the file's order";
  let text = `Most is alive, ${format.bytes(memory.peak_bytes)}, while ${stepName(memory, memory.peak_step)} runs: step ${((memory.peak_step ?? 0) + 1).toLocaleString("en-US")} of ${memory.steps.length.toLocaleString("en-US")} nodes ${order}. `;
  text += `Of that the caller's inputs are up to ${format.bytes(memory.input_bytes)}; weights, ${format.bytes(memory.weight_bytes)}, are apart.`;
  if (memory.held_peak_bytes !== null) text += ` The runtime's plan allocates up to ${format.bytes(memory.held_peak_bytes)} beside those inputs`;
  if (memory.held_peak_bytes !== null) text += memory.held_peak_bytes > memory.peak_bytes ? ": it keeps dead buffers for later tensors of the same shape, and overwrites an input only where the graph states both sizes." : ".";
  return text;
}

/// Tensors alive while step `i` runs, largest first. Those inside a node's own graphs are known at the peak only.
function aliveAt(memory: Memory, i: number): MemoryBuffer[] {
  if (i === memory.peak_step) return memory.at_peak;
  return memory.buffers.filter((b) => (b.producer ?? 0) <= i && i <= b.last).sort((a, b) => b.bytes - a.bytes);
}

function sentence(memory: Memory, i: number): string {
  const step = memory.steps[i]!;
  const largest = aliveAt(memory, i)[0];
  return (
    `Step ${i + 1} of ${memory.steps.length}, ${stepName(memory, i, 200)}: ${format.bytes(step.during_bytes)} alive` +
    (largest ? `, the largest ${format.shorten(largest.name, 120)} with ${format.bytes(largest.bytes)}` : "")
  );
}

function option(memory: Memory, palette: Palette): EChartsCoreOption {
  const { steps } = memory;
  const held = memory.held_peak_bytes !== null;
  const sampling = steps.length > manySteps ? "max" : undefined;
  const most = steps.reduce((all, step) => Math.max(all, step.during_bytes, step.held_bytes ?? 0), 0);
  const unit = tidyUnit(most);
  // A column per node: half a step more on both sides.
  const columns = (values: Num[]): [number, Num][] => [[0.5, values[0]!], ...values.map((value, i): [number, Num] => [i + 1, value]), [values.length + 0.5, values.at(-1)!]];
  const peak = memory.peak_step ?? 0;
  return {
    grid: { left: 74, right: 22, top: 26, bottom: 46 },
    tooltip: {
      ...tooltip(palette, () => ""),
      trigger: "axis",
      axisPointer: { type: "line", lineStyle: { color: palette.line } },
      formatter: (params: Hit[]) => {
        const point = params[0]?.dataIndex;
        return point === undefined ? "" : describe(memory, Math.min(steps.length, Math.max(1, point)) - 1);
      },
    },
    xAxis: axis(palette, `node, ${memory.order === "executed" ? "in the order of execution" : "in file order"}`, (v) => v.toLocaleString("en-US"), {
      type: "value", min: 0.5, max: steps.length + 0.5, minInterval: 1, splitLine: { show: false },
      axisLabel: { color: palette.muted, showMinLabel: false, showMaxLabel: false, hideOverlap: true },
    }),
    yAxis: axis(palette, "bytes alive", format.bytes, { type: "value", min: 0, max: Math.ceil((most * 1.04) / unit) * unit || 1, interval: unit, nameGap: 54 }),
    series: [
      {
        type: "line", id: "alive", step: "middle", symbol: "none", sampling,
        lineStyle: { color: palette.bound.compute, width: 1.5 },
        areaStyle: { color: palette.bound.compute, opacity: 0.28 },
        data: columns(steps.map((step) => step.during_bytes)),
      },
      ...(held
        ? [{
            type: "line", id: "held", step: "middle", symbol: "none", sampling,
            lineStyle: { color: palette.bound.memory, width: 1.5, type: "dashed" },
            data: columns(steps.map((step) => step.held_bytes)),
          }]
        : []),
      {
        type: "scatter", id: "peak", symbol: "circle", symbolSize: 9, silent: true,
        itemStyle: { color: palette.bound.compute, borderColor: palette.surface, borderWidth: 1.5 },
        label: { show: true, formatter: () => `peak ${format.bytes(memory.peak_bytes)}`, position: peak > steps.length * 0.9 ? "left" : peak < steps.length * 0.1 ? "right" : "top", color: palette.text, fontSize: 12 },
        data: memory.peak_step === null ? [] : [[memory.peak_step + 1, memory.peak_bytes]],
      },
    ],
  };
}

/// A round step of the axis, so that four to eight lines cross the chart: 1, 2 or 5 times a power of ten.
function tidyUnit(most: number): number {
  const raw = Math.max(1, most / 5);
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
}

function describe(memory: Memory, i: number): HTMLElement {
  const step = memory.steps[i]!;
  const alive = aliveAt(memory, i);
  return tooltipBody(`${i + 1}. ${stepName(memory, i)}`, [
    ["alive", format.bytes(step.during_bytes)],
    ["when it is done", format.bytes(step.after_bytes)],
    step.inside_bytes > 0 ? ["inside its own graphs", format.bytes(step.inside_bytes)] : null,
    step.held_bytes === null ? null : ["the runtime holds", format.bytes(step.held_bytes)],
    ...alive.slice(0, 3).map((b): [string, string] => [format.bytes(b.bytes), format.shorten(b.name, 60)]),
    alive.length > 3 ? ["", `and ${alive.length - 3} more`] : null,
  ]);
}

/// Anywhere in the chart, not only on its line: a step is a column.
function onClick(instance: EChartsType, steps: number, select: (i: number) => void): void {
  instance.getZr().on("click", (event: { offsetX: number; offsetY: number }) => {
    const point = [event.offsetX, event.offsetY];
    if (!instance.containPixel({ gridIndex: 0 }, point)) return;
    const [x] = instance.convertFromPixel({ gridIndex: 0 }, point) as [number, number];
    select(Math.min(steps, Math.max(1, Math.round(x))) - 1);
  });
}

function legend(memory: Memory, themes: Themes): HTMLElement {
  const line = h("p", { class: "legend" });
  const draw = (): void => {
    clear(line);
    const key = (color: string, text: string): void => {
      const mark = h("span", { class: "key square" });
      mark.style.backgroundColor = color;
      line.append(h("span", { class: "entry" }, mark, text));
    };
    key(themes.palette.bound.compute, "alive while the node runs (area)");
    if (memory.held_peak_bytes !== null) key(themes.palette.bound.memory, "allocated by the runtime, without inputs (dashed)");
  };
  themes.onChange(draw);
  draw();
  return line;
}

function aliveTable(memory: Memory, i: number, peak: number, select: (i: number) => void): Node[] {
  const step = memory.steps[i]!;
  const alive = aliveAt(memory, i);
  const head = h("tr", {}, ...["tensor", "type", "shape", "made by", "read last by", "size"].map((text, column) =>
    h("th", { scope: "col", class: column === 5 ? "number" : undefined }, text)));
  const to = (at: number | null, otherwise: string): Node =>
    at === null ? h("span", { class: "muted" }, otherwise) : h("button", { type: "button", class: "link", title: `show step ${at + 1}`, onclick: () => select(at) }, stepName(memory, at, 48));
  const body = h("tbody");
  for (const buffer of alive.slice(0, listed)) {
    const more = buffer.sharers.length > 0 ? h("span", { class: "muted", title: format.shorten(buffer.sharers.join(", "), format.longest.hover) }, ` + ${format.plural(buffer.sharers.length, "more tensor")} in its place`) : null;
    body.append(h("tr", {},
      h("th", { scope: "row", title: format.shorten(buffer.name, format.longest.hover) }, format.shorten(buffer.name, 64), more),
      h("td", {}, buffer.dtype), h("td", {}, buffer.shape),
      h("td", {}, buffer.inside ? "inside that node" : to(buffer.producer, "the caller")),
      h("td", {}, buffer.inside ? "" : buffer.output ? "the caller" : to(buffer.last_reader, "nobody")),
      h("td", { class: "number", title: format.exact(buffer.bytes, "B") }, format.bytes(buffer.bytes))));
  }
  const rest = alive.slice(listed);
  const title = i === peak ? "Alive at the peak" : "Alive";
  const back = i === peak ? [] : [h("button", { type: "button", class: "quiet", onclick: () => select(peak) }, "Back to the peak")];
  return [
    h("h3", {}, `${title}: step ${i + 1}, ${stepName(memory, i)}, ${format.bytes(step.during_bytes)}`),
    h("table", { class: "plain" }, h("thead", {}, head), body),
    ...(rest.length > 0 ? [h("p", { class: "note" }, `and ${format.plural(rest.length, "smaller tensor")}, ${format.bytes(rest.reduce((all, b) => all + b.bytes, 0))} together`)] : []),
    ...back,
  ];
}
