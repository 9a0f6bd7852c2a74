// How far the predicted times can be believed: their intervals, what was known of the executed graph, and the calibration.
import * as format from "./format";
import type { NodeRow, Prediction, Report, RuntimeRow } from "./schema";

export interface Interval {
  low: number;
  high: number;
}

/// 90% interval of an executed node; null without a calibration.
export function intervalOf(row: RuntimeRow): Interval | null {
  const { predicted_low_us: low, predicted_high_us: high } = row;
  return low === null || low === undefined || high === null || high === undefined ? null : { low, high };
}

/// Of a node of the file: its part of the intervals of the nodes that execute it. Null where one of them has none, and
/// for a node that nothing executes: its time is known to be 0.
export function nodeInterval(report: Report, node: NodeRow): Interval | null {
  const sum = { low: 0, high: 0 };
  for (const index of node.runtime_nodes) {
    const row = report.runtime[index];
    const interval = row ? intervalOf(row) : null;
    if (!row || !interval) return null;
    const place = row.rows.indexOf(node.row);
    const share = row.shares?.[place] ?? 1 / Math.max(1, row.rows.length);
    sum.low += share * interval.low;
    sum.high += share * interval.high;
  }
  return sum.high > 0 ? sum : null;
}

/// "10.1–14.9 µs", "950 µs–1.20 ms".
export function rangeText({ low, high }: Interval): string {
  const [from, to] = [format.time(low), format.time(high)];
  const unit = to.slice(to.indexOf(" "));
  return `${from.endsWith(unit) ? from.slice(0, -unit.length) : from}–${to}`;
}

export const exactRange = ({ low, high }: Interval): string => `90% interval: ${format.exact(low, "µs")} to ${format.exact(high, "µs")}`;

/// What was known of the executed graph, from least to most.
export const knowledge: Record<Prediction["plan"], string> = {
  modelled: "stands on costscan's own model of what the runtime will execute (--static)",
  runtime: "stands on the graph that the runtime made (--plan: nothing was executed)",
  measured: "stands on the nodes that the runtime executed",
};

/// "3 days old"; empty where it is not known.
export function ageText(seconds: number | null): string {
  if (seconds === null) return "";
  const [minute, hour, day] = [60, 3600, 86400];
  if (seconds < 1.5 * minute) return "just made";
  const [unit, name] = seconds < 1.5 * hour ? [minute, "minute"] as const : seconds < 2 * day ? [hour, "hour"] as const : [day, "day"] as const;
  return `${format.plural(Math.round(seconds / unit), name)} old`;
}

/// "full calibration of 2026-11-21 (...), 3 days old, on that CPU".
export function calibrationText(prediction: Prediction): string {
  return [prediction.calibration, ageText(prediction.age_seconds), prediction.cpu && `on ${prediction.cpu}`].filter((text) => text !== "").join(", ");
}

/// Whose rates predicted an executed node, and whether its own kind of kernel was calibrated.
export function rateText(report: Report): (row: RuntimeRow) => string {
  const classes = new Map(report.prediction?.classes.map((entry) => [entry.rate_class, entry]));
  return (row) => {
    const entry = classes.get(row.rate_class ?? "");
    if (!entry || entry.calibrated) return row.rate_class ?? "";
    return `${entry.rate_class} (not calibrated: ${entry.asked_class ? `by ${entry.asked_class}` : "by memory's speed"})`;
  };
}
