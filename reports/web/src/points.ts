// The marks of the roofline and of the scatter: executed nodes where the runtime was asked, else nodes of the file.
import { intervalOf, type Interval } from "./prediction";
import type { Bound, Num, Report } from "./schema";
import { nodeLabel } from "./store";

export interface Point {
  kind: "node" | "runtime";
  index: number;
  name: string;
  op_type: string;
  bound: Bound;
  flops: Num;
  compulsory_bytes: Num;
  intensity: Num;
  predicted_us: Num;
  interval: Interval | null; // of predicted_us
  measured_us: Num;
  rows: readonly number[];
}

export function pointsOf(report: Report): Point[] {
  if (report.runtime.length > 0)
    return report.runtime
      .filter((row) => row.op_type !== "remainder")
      .map((row) => ({
        kind: "runtime",
        index: row.row,
        name: row.runtime_node || `${row.op_type} (executed #${row.runtime_index})`,
        op_type: row.op_type,
        bound: row.bound,
        flops: row.flops,
        compulsory_bytes: row.compulsory_bytes,
        intensity: row.arithmetic_intensity,
        predicted_us: row.predicted_us,
        interval: intervalOf(row),
        measured_us: row.measured_us,
        rows: row.rows,
      }));
  return report.nodes.map((node) => ({
    kind: "node",
    index: node.row,
    name: nodeLabel(report, node.row),
    op_type: node.op_type,
    bound: node.bound,
    flops: node.flops,
    compulsory_bytes: node.compulsory_bytes,
    intensity: node.arithmetic_intensity,
    predicted_us: node.predicted_us,
    interval: null,
    measured_us: node.measured_us,
    rows: [node.row],
  }));
}

/// The dearest formula of the rows behind a mark: "MatMul: 2*M*N*K".
export function formulaOf(report: Report, rows: readonly number[]): string {
  let best = -1;
  let text = "";
  for (const row of rows) {
    const node = report.nodes[row];
    for (const kernel of node?.kernels ?? []) {
      const [index, flops] = Array.isArray(kernel) ? (kernel as number[]) : [kernel.text, kernel.flops ?? 0];
      const kernelText = report.kernel_texts[index ?? -1];
      if (!kernelText || (flops ?? 0) <= best) continue;
      best = flops ?? 0;
      text = kernelText.flops_formula || kernelText.read_formula;
    }
  }
  return text;
}
