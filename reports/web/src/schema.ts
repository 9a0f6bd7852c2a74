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

/// What was reached of the roofs; absent where nothing was measured.
export interface Achieved {
  achieved_ops_per_second?: Num;
  achieved_bytes_per_second?: Num;
  roof_us?: Num;
  efficiency?: Num;
  machine_efficiency?: Num;
  gap_us?: Num;
}

/// One kind of work that takes longer than at its roof; times of its worst node, and of all of the kind.
export interface Gap {
  runtime_index: number;
  row: Num;
  work: string;
  measured_us: number;
  efficiency: number;
  saves_us: number;
  alike: number;
  all_saves_us: number;
  sentence: string;
}

export interface Slow {
  roof: string;
  roof_source: string;
  parts: {
    latency_us: Num;
    compute_us: number;
    memory_us: number;
    dispatch_us: number;
    free_us: number;
    unknown_us: number;
    between_us: Num;
    overhead_us: number;
    profiling_us: number;
    profiling_removed_us: number;
    added: { op_type: string; nodes: number; us: number }[];
  };
  gap_us: number;
  gaps: Gap[];
}

/// One node of the file, or of one instance of a subgraph or function.
export interface NodeRow extends Work, Achieved {
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
export interface RuntimeRow extends Achieved {
  row: number; // position in `runtime`, added on reading
  runtime_index: number;
  runtime_node: string;
  op_type: string;
  domain: string;
  provider: string;
  rows: number[];
  shares: number[]; // part of its time that each of `rows` gets
  join: string;
  fusion: string; // what the runtime calls the fusion that made it; "" where it fused nothing
  flops: Num;
  compulsory_bytes: Num;
  arithmetic_intensity: Num;
  bound: Bound;
  predicted_us: Num;
  predicted_low_us?: Num; // 90% interval; null without a calibration
  predicted_high_us?: Num;
  rate_class?: string; // whose calibrated rates predicted it; "" without
  measured_us: Num;
  measured_mad_us: Num;
}

/// What a calibrated prediction stands on.
export interface Prediction {
  plan: "modelled" | "runtime" | "measured"; // how the executed graph was known
  calibration: string;
  cpu: string;
  age_seconds: Num; // of the calibration, when this was predicted
  us: number;
  low_us: number; // 90% interval of the model
  high_us: number;
  uncalibrated_share: number;
  unknown_nodes: number;
  classes: { rate_class: string; nodes: number; predicted_us: number; measured_us: Num; calibrated: boolean; asked_class: string }[];
}

/// The model without one of the runtime's optimisers, in turns with one that has them all.
export interface OptimizerEffect {
  name: string;
  nodes: number;
  ratio: Num; // without / with
  ratio_low: Num;
  ratio_high: Num;
  verdict: string;
  with: Samples | null;
  without: Samples | null;
  reason: string;
}

export interface OptimizerStudy {
  status: string;
  reason: string;
  advice: string;
  nodes: number;
  control: OptimizerEffect; // two sessions alike
  effects: OptimizerEffect[];
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

/// One node of the main graph, while it runs.
export interface MemoryStep {
  node_name: string;
  op_type: string;
  domain: string;
  node: Num; // position in `nodes` where the order is the file's
  runtime: Num; // position in `runtime` where it is the executed one
  during_bytes: number;
  after_bytes: number;
  inside_bytes: number; // part of during_bytes in the node's own graphs
  held_bytes: Num; // what the runtime's plan keeps allocated, without the graph's inputs
}

/// A piece of memory, alive from step `producer` (null: from the start) to step `last`.
export interface MemoryBuffer {
  name: string;
  dtype: string;
  shape: string;
  bytes: number;
  producer: Num;
  last_reader: Num;
  last: number;
  output: boolean;
  inside: boolean; // in a node's own graph: steps are counted there
  sharers: string[];
}

export interface Memory {
  order: "file" | "executed";
  peak_bytes: number;
  peak_step: Num;
  held_peak_bytes: Num;
  held_peak_step: Num;
  input_bytes: number;
  output_bytes: number;
  weight_bytes: number;
  steps: MemoryStep[];
  buffers: MemoryBuffer[];
  at_peak: MemoryBuffer[];
  packed: { weight: string; node: string; stored_bytes: number; packed_bytes: Num }[];
}

export interface Machine {
  cpu?: string;
  logical_cpus?: Num;
  memory_bytes?: Num;
  caches?: string[];
  governor?: string;
  load_before?: Num;
  load_after?: Num;
  steal_fraction?: Num;
  temperature_before_c?: Num;
  temperature_after_c?: Num;
  clock_before_mhz?: Num;
  clock_after_mhz?: Num;
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
    predicted_us: Num; // of the nodes as written; with a calibration their shares of the executed nodes
    predicted_runtime_us?: Num; // of the nodes that the runtime executes
    measured_us: Num;
    measured_mad_us: Num;
    remainder_us: Num;
    trust: Trust;
  };
  closed_forms?: ClosedForms | null;
  rates: { name: string; source: string; flops_per_second: Num; bytes_per_second: Num; dispatch_us: Num; named?: boolean } | null;
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
  prediction?: Prediction | null; // null without a calibration
  slow?: Slow | null;
  kernel_texts: KernelText[];
  cost_models: { id: string; summary: string; assumptions: string[]; source: string }[];
  nodes: NodeRow[];
  ops: OpRow[];
  runtime: RuntimeRow[];
  memory?: Memory | null;
  optimizers?: OptimizerStudy | null;
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
  if (report.memory) {
    const memory = raw["memory"] as Record<"steps" | "buffers" | "at_peak", unknown>;
    report.memory.steps = decodeRows(memory.steps) as unknown as MemoryStep[];
    report.memory.buffers = decodeRows(memory.buffers) as unknown as MemoryBuffer[];
    report.memory.at_peak = decodeRows(memory.at_peak) as unknown as MemoryBuffer[];
  }
  return report;
}
