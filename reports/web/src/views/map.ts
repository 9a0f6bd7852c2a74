// The page of fingerprints: a map of the models beside known ones, drawn in place of the still picture that the page
// shows without scripts. What else stands on the page is text already.
import { axis, Chart, tooltip, tooltipBody, type EChartsCoreOption } from "../chart";
import * as format from "../format";
import { Themes, type Palette } from "../theme";

interface Neighbour {
  model: string;
  family: string;
  distance: number;
}

interface Place {
  model: string;
  family: string;
  place: [number, number];
  confidence?: number; // of the models asked about
  nearest?: Neighbour[];
  section?: string; // id of the model's own part of the page
}

export interface FingerprintMap {
  models: Place[];
  references: Place[];
  across: string;
  upward: string;
  marks: { family: string; color: string; corners: number }[];
}

/// The map in a page's data; null where the page is another one.
export function mapOf(text: string): FingerprintMap | null {
  if (!text.startsWith('{"fingerprint_map":')) return null;
  return (JSON.parse(text) as { fingerprint_map: FingerprintMap }).fingerprint_map;
}

type Hit = { data?: { mark?: number } };

const sizes = { asked: 15, known: 10 };
const mostLabels = 40;

/// A regular polygon with a corner on top; a circle where it has none.
function symbolOf(corners: number): string {
  if (corners === 0) return "circle";
  const at = (corner: number): string => {
    const angle = (2 * Math.PI * corner) / corners - Math.PI / 2;
    return `${(50 * Math.cos(angle)).toFixed(1)} ${(50 * Math.sin(angle)).toFixed(1)}`;
  };
  return `path://M${Array.from({ length: corners }, (_, corner) => at(corner)).join("L")}Z`;
}

function nearestText(place: Place): string {
  return (place.nearest ?? []).map((near) => `${near.model} (${near.family}, ${format.significant(near.distance)})`).join(", ");
}

function sentence(place: Place): string {
  if (place.confidence === undefined) return `${place.model}: known as ${place.family}`;
  const near = nearestText(place);
  return `${place.model}: ${place.family} (${format.percent(place.confidence)})${near === "" ? "" : `; nearest ${near}`}`;
}

function describe(place: Place): HTMLElement {
  return tooltipBody(format.shorten(place.model, 70), [
    ["family", place.confidence === undefined ? `${place.family} (known)` : `${place.family} (${format.percent(place.confidence)})`],
    ...(place.nearest ?? []).map((near) => ["near", `${near.model} (${near.family}, ${format.significant(near.distance)})`] as const),
  ]);
}

export function drawMap(map: FingerprintMap, host: HTMLElement): void {
  const themes = new Themes();
  const places = [...map.models, ...map.references];
  const markOf = (family: string) => map.marks.find((mark) => mark.family === family) ?? { family, color: "#808080", corners: 0 };
  let chosen = -1;
  const option = (palette: Palette): EChartsCoreOption => {
    // A name that is wider than the picture would take the room of the marks.
    const widest = Math.min(640, Math.max(120, host.clientWidth - 100));
    const name = (text: string): object => ({ name: format.oneLine(text), nameTruncate: { maxWidth: widest, ellipsis: "…" } });
    const ticks = (value: number): string => String(Math.round(value * 10) / 10);
    const series = (family: string, asked: boolean): object => {
      const mark = markOf(family);
      return {
        type: "scatter",
        id: `${family}-${asked ? "asked" : "known"}`,
        progressive: 0,
        symbol: symbolOf(mark.corners),
        symbolSize: asked ? sizes.asked : sizes.known,
        itemStyle: asked ? { color: mark.color, borderColor: palette.surface, borderWidth: 1 } : { color: "transparent", borderColor: mark.color, borderWidth: 1.5 },
        emphasis: { itemStyle: { borderColor: palette.ring, borderWidth: 2 } },
        label: { show: asked && map.models.length <= mostLabels, position: "right", color: palette.text, fontSize: 11,
          formatter: (hit: Hit) => format.oneLine(format.shorten(places[hit.data?.mark ?? -1]?.model ?? "", 28)) },
        labelLayout: { moveOverlap: "shiftY", hideOverlap: true },
        data: places.flatMap((place, i) => (place.family === family && (i < map.models.length) === asked ? [{ value: place.place, mark: i }] : [])),
      };
    };
    const families = [...new Set(places.map((place) => place.family))];
    return {
      grid: { left: 60, right: 90, top: 18, bottom: 46 },
      tooltip: tooltip(palette, (hit: Hit) => {
        const place = places[hit.data?.mark ?? -1];
        return place ? describe(place) : "";
      }),
      xAxis: axis(palette, "", ticks, { type: "value", scale: true, ...name(`left against right: ${map.across}`) }),
      yAxis: axis(palette, "", ticks, { type: "value", scale: true, ...name(`below against above: ${map.upward}`), nameTruncate: { maxWidth: 330, ellipsis: "…" } }),
      series: [...families.map((family) => series(family, false)), ...families.map((family) => series(family, true))],
    };
  };
  const choose = (index: number): void => {
    chosen = index;
    chart.drawRings();
  };
  const open = (index: number): void => {
    const section = places[index]?.section;
    if (section !== undefined) document.getElementById(section)?.scrollIntoView();
  };
  const chart: Chart = new Chart(themes, {
    label: `Map of ${format.plural(map.models.length, "model")} beside ${map.references.length} known ones; arrow keys walk through them, Enter goes to a model's own part of the page`,
    option,
    ready: (instance) =>
      instance.on("click", (hit) => {
        const index = (hit as Hit).data?.mark ?? -1;
        const place = places[index];
        if (!place) return;
        choose(index);
        chart.readout.textContent = sentence(place);
      }),
    rings: () => {
      const place = places[chosen];
      return place ? [{ x: place.place[0], y: place.place[1], size: chosen < map.models.length ? sizes.asked : sizes.known }] : [];
    },
    walk: () => ({ length: places.length, describe: (i) => sentence(places[i]!), highlight: choose, activate: open }),
  });
  host.replaceChildren(chart.host, chart.readout);
  const printing = (on: boolean): void => {
    themes.printing(on);
    if (on) Chart.drawAll();
  };
  addEventListener("beforeprint", () => printing(true));
  addEventListener("afterprint", () => printing(false));
}
