// The report document, schema 1, as reports/json.cpp writes it. Unknown is null, sizes are bytes, times microseconds.

export type Num = number | null;
export type Bound = "compute" | "memory" | "dispatch" | "free" | "";
export type Trust = "exact" | "approximate" | "upper_bound" | "unknown";

export interface Samples {
  median: number;
  mad: number;
  us: number[];
}

export interface Work {
  flops: Num;
  macs: Num;
  transcendentals: Num;
  int_ops: Num;
  read_bytes: Num;
  write_bytes: Num;
}

export interface KernelText {
  name: string;
  flops_formula: string;
  macs_formula: string;
  transcendentals_formula: string;
  int_ops_formula: string;
  read_formula: string;
  write_formula: string;
  why: string;
}

export interface Kernel extends Work {
  text: number;
}

/// One node of the file, or of one instance of a subgraph or function.
export interface NodeRow extends Work {
  row: number; // position in `nodes`, added on reading
  node_index: number;
  node_name: string;
  op_type: string;
  domain: string;
  subgraph: string;
  scope: string;
  inputs: string[];
  outputs: string[];
  input_shapes: string;
  output_shapes: string;
  dtype: string;
  compulsory_bytes: Num;
  weight_bytes: Num;
  arithmetic_intensity: Num;
  bound: Bound;
  trust: Trust;
  predicted_us: Num;
  measured_us: Num;
  measured_mad_us: Num;
  runtime_nodes: number[];
  executions: Num;
  view: boolean;
  cost_model: Num;
  unknown_reason: string;
  symbols: [name: string, value: string, origin: string][];
  kernels: Kernel[];
}

/// One node that the runtime executed (or would execute), and the rows it computes.
export interface RuntimeRow {
  row: number; // position in `runtime`, added on reading
  runtime_index: number;
  runtime_node: string;
  op_type: string;
  domain: string;
  provider: string;
  rows: number[];
  join: string;
  flops: Num;
  compulsory_bytes: Num;
  arithmetic_intensity: Num;
  bound: Bound;
  predicted_us: Num;
  measured_us: Num;
  measured_mad_us: Num;
}

export interface OpRow extends Work {
  op_type: string;
  domain: string;
  nodes: number;
  compulsory_bytes: Num;
  predicted_us: Num;
  measured_us: Num;
}

/// A total as a formula of the free dimensions, and what it rests on.
export interface ClosedForm {
  total: string;
  formula: string | null;
  holds: string;
  evidence: string;
  held: { name: string; value: number; why: string }[];
  fitted_points: number[][];
  checked_points: number[][];
}

export interface ClosedForms {
  dims: string[];
  trust: Trust;
  uncovered_nodes: number;
  evaluations: number;
  forms: ClosedForm[];
}

export interface Machine {
  cpu?: string;
  logical_cpus?: Num;
  memory_bytes?: Num;
  caches?: string[];
  governor?: string;
  load_before?: Num;
  steal_fraction?: Num;
  os?: string;
}

export interface Report {
  costscan: { version: string; schema: number };
  model: {
    name: string;
    file: string;
    opset: Num;
    opset_imports: { domain: string; version: number }[];
    ir_version: Num;
    producer: string;
    family: string;
    file_bytes: Num;
  };
  dims: { name: string; value: Num; origin: string; reason: string }[];
  totals: Work & {
    nodes: number;
    rows: number;
    covered_nodes: number;
    coverage: Num;
    compulsory_bytes: Num;
    arithmetic_intensity: Num;
    parameters: Num;
    weight_bytes: Num;
    peak_activation_bytes: Num;
    predicted_us: Num; // of the nodes as written
    predicted_runtime_us?: Num; // of the nodes that the runtime executes
    measured_us: Num;
    measured_mad_us: Num;
    remainder_us: Num;
    trust: Trust;
  };
  closed_forms?: ClosedForms | null;
  rates: { name: string; source: string; flops_per_second: Num; bytes_per_second: Num; dispatch_us: Num } | null;
  measurement: {
    status: string;
    reason: string;
    advice: string;
    runtime_library: string;
    runtime_version: string;
    threads: Num;
    optimization_level: string;
    latency: Samples | null;
    profiled_latency: Samples | null;
    machine: Machine | null;
    warmup_runs: Num;
    synthesized_weights: Num;
    input_notes: string[];
    warnings: string[];
  };
  kernel_texts: KernelText[];
  cost_models: { id: string; summary: string; assumptions: string[]; source: string }[];
  nodes: NodeRow[];
  ops: OpRow[];
  runtime: RuntimeRow[];
  uncovered: { op_type: string; domain: string; reason: string; rows: number[] }[];
  assumptions: string[];
  warnings: string[];
}

type Columnar = { columns: string[]; rows: unknown[][] };

/// Rows of {columns, rows}, or of a plain list of objects, each with its position as `row`.
function decodeRows(table: unknown): Record<string, unknown>[] {
  if (Array.isArray(table)) return table.map((entry, row) => ({ ...(entry as Record<string, unknown>), row }));
  const { columns, rows } = table as Columnar;
  return rows.map((cells, row) => {
    const out: Record<string, unknown> = { row };
    for (let i = 0; i < columns.length; ++i) out[columns[i]!] = cells[i];
    return out;
  });
}

function decodeKernel(kernel: unknown): Kernel {
  if (!Array.isArray(kernel)) return kernel as Kernel;
  const [text, flops, macs, transcendentals, int_ops, read_bytes, write_bytes] = kernel as [number, ...Num[]];
  const number = (value: Num | undefined): Num => value ?? null;
  return {
    text,
    flops: number(flops),
    macs: number(macs),
    transcendentals: number(transcendentals),
    int_ops: number(int_ops),
    read_bytes: number(read_bytes),
    write_bytes: number(write_bytes),
  };
}

/// Kernels stay as the arrays they came in until a row is opened: most of 10,000 rows never are.
export function kernelsOf(node: NodeRow): Kernel[] {
  return (node.kernels ?? []).map(decodeKernel);
}

/// Reads the data island's text. Throws an Error whose message is fit to be shown.
export function parseReport(text: string): Report {
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Error("This page holds no readable data. Make it again with: costscan MODEL --report html");
  }
  const schema = (raw["costscan"] as { schema?: number } | undefined)?.schema;
  if (schema !== 1) throw new Error(`This page reads documents of schema 1; its data says ${String(schema)}.`);
  const report = raw as unknown as Report;
  report.nodes = decodeRows(raw["nodes"]) as unknown as NodeRow[];
  report.runtime = decodeRows(raw["runtime"]) as unknown as RuntimeRow[];
  return report;
}
