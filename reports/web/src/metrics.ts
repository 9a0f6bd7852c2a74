// What can be added up over nodes, and how it is said. Rows without a value are counted, never taken as 0.
import * as format from "./format";
import type { Num, Report } from "./schema";

export type MetricName = "measured" | "predicted" | "flops" | "compulsory" | "moved";

interface Summed {
  measured_us: Num;
  predicted_us: Num;
  flops: Num;
  compulsory_bytes: Num;
  read_bytes: Num;
  write_bytes: Num;
}

export interface Metric {
  value: MetricName;
  text: string;
  title: string;
  of(row: Summed): Num;
  show(value: number): string;
  exact(value: number): string;
}

const all: readonly Metric[] = [
  {
    value: "measured",
    text: "Measured time",
    title: "Time in the runtime's own profile, joined to the nodes of the file",
    of: (row) => row.measured_us,
    show: format.time,
    exact: (value) => format.exact(value, "µs"),
  },
  {
    value: "predicted",
    text: "Predicted time",
    title: "Time by the rates named under Machine",
    of: (row) => row.predicted_us,
    show: format.time,
    exact: (value) => format.exact(value, "µs"),
  },
  {
    value: "flops",
    text: "FLOPs",
    title: "Floating-point operations; a multiply-accumulate is 2",
    of: (row) => row.flops,
    show: format.flops,
    exact: (value) => format.exact(value, "FLOP"),
  },
  {
    value: "compulsory",
    text: "Compulsory bytes",
    title: "Each distinct byte touched once, as one perfectly fused kernel would",
    of: (row) => row.compulsory_bytes,
    show: format.bytes,
    exact: (value) => format.exact(value, "B"),
  },
  {
    value: "moved",
    text: "Moved bytes",
    title: "Reads and writes of all kernels, as separate kernels would move them",
    of: (row) => (row.read_bytes === null || row.write_bytes === null ? null : row.read_bytes + row.write_bytes),
    show: format.bytes,
    exact: (value) => format.exact(value, "B"),
  },
];

/// The metrics that this report has values for: no measured time in a static one.
export function metricsOf(report: Report): Metric[] {
  return all.filter((metric) => report.nodes.some((node) => metric.of(node) !== null));
}

/// Measured time where there is one, else predicted, else nothing.
export function timeMetric(report: Report): Metric | null {
  return metricsOf(report).find((metric) => metric.value === "measured" || metric.value === "predicted") ?? null;
}

/// True where the runtime's own times are in the report.
export const isMeasured = (report: Report): boolean =>
  report.runtime.some((row) => row.measured_us !== null) || report.totals.measured_us !== null;

export interface Sum {
  value: number;
  known: number;
  unknown: number;
}

export function sum<T>(rows: Iterable<T>, of: (row: T) => Num): Sum {
  const out = { value: 0, known: 0, unknown: 0 };
  for (const row of rows) {
    const value = of(row);
    if (value === null) ++out.unknown;
    else {
      out.value += value;
      ++out.known;
    }
  }
  return out;
}

/// The time that shares are taken of: end to end where it was measured, else the sum of the predictions.
export function timeTotal(report: Report, metric: Metric): number {
  if (metric.value === "measured" && report.totals.measured_us !== null) return report.totals.measured_us;
  return sum(report.nodes, (row) => metric.of(row)).value;
}
