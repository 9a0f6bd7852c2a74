// Report documents by the contract of reports/document.cpp, made from a seed: for what no bundled model shows, such as
// ten thousand nodes, names that attack the page, and reports without a measurement.

/// A small generator of repeatable numbers in [0, 1) (a linear congruence; quality does not matter here).
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const kernelTexts = [
  text("multiply", "2 * M * N * K", "(M * K + K * N) * a", "M * N * a", "one multiply-accumulate per output element and K", "M * N * K"),
  text("add", "n", "2 * n * a", "n * a", "one add per element"),
  text("normalize", "8 * n + 2 * rows", "3 * n * a", "2 * n * a", "mean, variance, scale and shift", "", "rows"),
  text("copy", "", "n * a", "n * a", "moves every element once"),
];

function text(name, flops, read, write, why, macs = "", transcendentals = "") {
  return {
    name, flops_formula: flops, macs_formula: macs, transcendentals_formula: transcendentals, int_ops_formula: "",
    read_formula: read, write_formula: write, why,
  };
}

const costModels = ["MatMul", "Add", "LayerNormalization", "Transpose", "Reshape"].map((op) => ({
  id: `ai.onnx/${op}@13`, summary: `What ${op} does.`, assumptions: ["rows are contiguous"], source: `ONNX ${op}-13`,
}));

const rates = { name: "measured here", source: "matrix multiply, large copy and a chain of tiny ops in this run", flops_per_second: 9e10, bytes_per_second: 1.1e10, dispatch_us: 1.2 };

/// Work of one node of a transformer-like model: [op, kernel text, cost model, work].
function work(op, n, k) {
  const bytes = 4 * n;
  switch (op) {
    case "MatMul": return { kernel: 0, model: 0, flops: 2 * n * k, macs: n * k, transcendentals: 0, read: bytes + 4 * k * 768, write: bytes, symbols: [["M", "128", "dim(A,-2)"], ["N", String(n / 128), "dim(B,-1)"], ["K", String(k), "dim(A,-1)"], ["a", "4", "elem(A)"]] };
    case "LayerNormalization": return { kernel: 2, model: 2, flops: 8 * n + 2 * 128, macs: 0, transcendentals: 128, read: 3 * bytes, write: 2 * bytes, symbols: [["n", String(n), "numel(X)"], ["rows", "128", "numel(X) / H"], ["a", "4", "elem(X)"]] };
    case "Transpose": return { kernel: 3, model: 3, flops: 0, macs: 0, transcendentals: 0, read: bytes, write: bytes, symbols: [["n", String(n), "numel(X)"], ["a", "4", "elem(X)"]] };
    default: return { kernel: 1, model: 1, flops: n, macs: 0, transcendentals: 0, read: 2 * bytes, write: bytes, symbols: [["n", String(n), "numel(C)"], ["a", "4", "elem(C)"]] };
  }
}

const cycle = ["MatMul", "Add", "Reshape", "Transpose", "MatMul", "LayerNormalization", "Add", "MatMul"];

/// options: nodes, measured, name(i, op) and scope(i) to make names of one's own, uncovered: every so many-th node.
export function makeDocument({ nodes: count = 40, measured = true, name, scope, uncoveredEvery = 13, seed = 7, file = "fixture.onnx" } = {}) {
  const random = numbers(seed);
  const nodes = [];
  const runtime = [];
  for (let i = 0; i < count; ++i) {
    const op = uncoveredEvery > 0 && i % uncoveredEvery === uncoveredEvery - 1 ? "Mystery" : cycle[i % cycle.length];
    const module = scope ? scope(i) : `encoder/layer.${Math.floor(i / cycle.length)}/${i % cycle.length < 4 ? "attention" : "mlp"}`;
    nodes.push(makeNode(i, op, module, name ? name(i, op) : `/${module}/${op}_${i}`, random));
  }
  let joined = 0;
  if (measured) joined = execute(nodes, runtime, random);
  return assemble(nodes, runtime, { measured, joined, file, random });
}

function makeNode(index, op, scope, name, random) {
  const n = 128 * 768 * (1 + Math.floor(random() * 4));
  const base = {
    node_index: index, node_name: name, op_type: op, domain: op === "Mystery" ? "com.example" : "", subgraph: "", scope,
    inputs: [`${index}_a`, `${index}_b`], outputs: [`${index}_out`], input_shapes: "1x128x768;768x768", output_shapes: "1x128x768", dtype: "float32",
    weight_bytes: op === "MatMul" ? 768 * 768 * 4 : 0, executions: 1, view: op === "Reshape", unknown_reason: "", runtime_nodes: [],
    measured_us: null, measured_mad_us: null,
  };
  if (op === "Mystery")
    return { ...base, flops: null, macs: null, transcendentals: null, int_ops: null, read_bytes: null, write_bytes: null, compulsory_bytes: null, weight_bytes: null, arithmetic_intensity: null, bound: "", trust: "unknown", predicted_us: null, cost_model: null, unknown_reason: "no cost model for com.example/Mystery", symbols: [], kernels: [] };
  if (op === "Reshape")
    return { ...base, flops: 0, macs: 0, transcendentals: 0, int_ops: 0, read_bytes: 0, write_bytes: 0, compulsory_bytes: 0, arithmetic_intensity: null, bound: "free", trust: "exact", predicted_us: 0, cost_model: 4, symbols: [], kernels: [] };
  const cost = work(op, n, 768);
  const moved = cost.read + cost.write;
  const compute = (cost.flops / rates.flops_per_second) * 1e6;
  const memory = (moved / rates.bytes_per_second) * 1e6;
  return {
    ...base, flops: cost.flops, macs: cost.macs, transcendentals: cost.transcendentals, int_ops: 0, read_bytes: cost.read, write_bytes: cost.write,
    compulsory_bytes: moved, arithmetic_intensity: cost.flops / moved, bound: compute > memory ? "compute" : "memory", trust: index % 11 === 3 ? "approximate" : "exact",
    predicted_us: Math.max(compute, memory) + rates.dispatch_us, cost_model: cost.model, symbols: cost.symbols,
    kernels: [{ text: cost.kernel, flops: cost.flops, macs: cost.macs, transcendentals: cost.transcendentals, int_ops: 0, read_bytes: cost.read, write_bytes: cost.write }],
  };
}

/// Every node is executed, but an Add after a MatMul is fused into it, and views vanish.
function execute(nodes, runtime, random) {
  let joined = 0;
  for (let i = 0; i < nodes.length; ++i) {
    const node = nodes[i];
    if (node.view) continue;
    const rows = [i];
    if (node.op_type === "MatMul" && nodes[i + 1]?.op_type === "Add") rows.push(i + 1);
    const us = rows.reduce((all, row) => all + (nodes[row].predicted_us ?? 30), 0) * (0.8 + 1.2 * random() ** 3);
    const index = runtime.length;
    const known = rows.every((row) => nodes[row].predicted_us !== null);
    const flops = known ? rows.reduce((all, row) => all + nodes[row].flops, 0) : null;
    const bytes = known ? rows.reduce((all, row) => all + nodes[row].compulsory_bytes, 0) : null;
    runtime.push({
      runtime_index: index, runtime_node: `${node.node_name}${rows.length > 1 ? "/MatMulAddFusion" : ""}`, op_type: rows.length > 1 ? "FusedMatMul" : node.op_type, domain: "",
      provider: "CPUExecutionProvider", rows, join: rows.length > 1 ? "region" : "output name", flops, compulsory_bytes: bytes,
      arithmetic_intensity: known && bytes > 0 ? flops / bytes : null, bound: node.bound, predicted_us: known ? rows.reduce((all, row) => all + nodes[row].predicted_us, 0) : null,
      measured_us: us, measured_mad_us: us * 0.02,
    });
    for (const row of rows) {
      nodes[row].runtime_nodes = [index];
      nodes[row].measured_us = us / rows.length;
      nodes[row].measured_mad_us = us * 0.01;
    }
    joined += us;
    if (rows.length > 1) ++i;
  }
  return joined;
}

function assemble(nodes, runtime, { measured, joined, file, random }) {
  const total = (field) => nodes.reduce((all, node) => all + (node[field] ?? 0), 0);
  const known = nodes.filter((node) => node.trust !== "unknown");
  const remainder = measured ? joined * 0.021 : null;
  const latency = measured ? samples(joined + remainder, random) : null;
  const end = latency?.median ?? null;
  const ops = new Map();
  const sums = ["flops", "macs", "transcendentals", "int_ops", "read_bytes", "write_bytes", "compulsory_bytes", "predicted_us", "measured_us"];
  for (const node of nodes) {
    const op = ops.get(node.op_type) ?? { op_type: node.op_type, domain: node.domain, nodes: 0, ...Object.fromEntries(sums.map((field) => [field, null])) };
    op.nodes += 1;
    for (const field of sums) if (node[field] !== null) op[field] = (op[field] ?? 0) + node[field];
    ops.set(node.op_type, op);
  }
  const unknown = nodes.flatMap((node, row) => (node.trust === "unknown" ? [row] : []));
  const complete = unknown.length === 0;
  return {
    costscan: { version: "0.1.0", schema: 1 },
    model: { name: file.replace(/\.onnx$/, ""), file, opset: 17, opset_imports: [{ domain: "", version: 17 }], ir_version: 8, producer: "fixtures.mjs", family: "", file_bytes: 438012345 },
    dims: [{ name: "batch", value: 1, origin: "default", reason: "default for a batch dimension" }, { name: "seq", value: 128, origin: "given", reason: "given by --dim" }],
    totals: {
      nodes: nodes.length, rows: nodes.length, covered_nodes: known.length, coverage: nodes.length > 0 ? known.length / nodes.length : 1,
      flops: total("flops"), macs: total("macs"), transcendentals: total("transcendentals"), int_ops: 0, read_bytes: total("read_bytes"), write_bytes: total("write_bytes"),
      compulsory_bytes: total("compulsory_bytes"), arithmetic_intensity: total("compulsory_bytes") > 0 ? total("flops") / total("compulsory_bytes") : null,
      parameters: 109482240, weight_bytes: 437928960, peak_activation_bytes: 3145728, predicted_us: complete ? total("predicted_us") : null,
      predicted_runtime_us: null, measured_us: end, measured_mad_us: latency?.mad ?? null, remainder_us: remainder, trust: "approximate",
    },
    rates: measured ? rates : { ...rates, name: "generic-x86", source: "a typical server core" },
    measurement: {
      status: measured ? "ok" : "skipped", reason: measured ? "" : "--static was given", advice: measured ? "" : "Leave --static out to measure.",
      runtime_library: measured ? "libonnxruntime.so.1.31.0" : "", runtime_version: measured ? "1.31.0" : "", threads: 1, optimization_level: measured ? "all" : "",
      latency, profiled_latency: measured ? samples(joined * 1.05, random) : null,
      machine: measured ? { cpu: "Example CPU 9000", logical_cpus: 2, memory_bytes: 25769803776, caches: ["L1d 32 KiB", "L2 1 MiB", "L3 32 MiB"], governor: "", load_before: 0.42, steal_fraction: 0.003, os: "Linux 6.1" } : null,
      warmup_runs: measured ? 5 : 0, synthesized_weights: 0, input_notes: measured ? ["input_ids: ids below 30522"] : [], warnings: measured ? ["the machine was busy: load 0.42 before measuring"] : [],
    },
    kernel_texts: kernelTexts, cost_models: costModels, nodes, ops: [...ops.values()], runtime, memory: memoryOf(nodes, runtime),
    uncovered: complete ? [] : [{ op_type: "Mystery", domain: "com.example", reason: "no cost model for com.example/Mystery", rows: unknown }],
    assumptions: ["one multiply-accumulate is 2 FLOPs", "batch is bound to 1 by default"], warnings: [],
  };
}

/// Every step makes one tensor; the next one reads it, and every fifth also the one nine steps later. An input waits for
/// the third step.
function memoryOf(nodes, runtime) {
  const executed = runtime.length > 0;
  const made = executed ? runtime.map((row) => nodes[row.rows[0]]) : nodes;
  if (made.length === 0) return null;
  const last = made.length - 1;
  const buffers = made.map((node, i) => {
    const end = Math.min(last, i % 5 === 0 ? i + 9 : i + 1);
    return {
      name: `${node.node_name}_out`, dtype: "float32", shape: "1x128x768", bytes: 393216 * (1 + ((i * 7) % 4)), producer: i,
      last_reader: i === last ? null : end, last: end, output: i === last, inside: false, sharers: i % 3 === 0 ? [`${node.node_name}_view`] : [],
    };
  });
  buffers.unshift({ name: "input", dtype: "int64", shape: "1x128", bytes: 1024, producer: null, last_reader: Math.min(2, last), last: Math.min(2, last), output: false, inside: false, sharers: [] });
  const alive = (i) => buffers.filter((buffer) => (buffer.producer ?? 0) <= i && i <= buffer.last);
  const sum = (list) => list.reduce((all, buffer) => all + buffer.bytes, 0);
  const steps = made.map((node, i) => ({
    node_name: executed ? runtime[i].runtime_node : node.node_name, op_type: executed ? runtime[i].op_type : node.op_type, domain: "",
    node: executed ? null : i, runtime: executed ? i : null, during_bytes: sum(alive(i)), after_bytes: sum(alive(i).filter((buffer) => buffer.last > i)),
    inside_bytes: 0, held_bytes: executed ? sum(alive(i)) + 200000 : null,
  }));
  const peak_bytes = Math.max(...steps.map((step) => step.during_bytes));
  const peak_step = steps.findIndex((step) => step.during_bytes === peak_bytes);
  return {
    order: executed ? "executed" : "file", peak_bytes, peak_step, held_peak_bytes: executed ? peak_bytes + 200000 : null, held_peak_step: executed ? peak_step : null,
    input_bytes: 1024, output_bytes: buffers.at(-1).bytes, weight_bytes: 437928960, steps, buffers,
    at_peak: alive(peak_step).sort((a, b) => b.bytes - a.bytes), packed: [],
  };
}

function samples(middle, random) {
  const us = Array.from({ length: 31 }, () => middle * (0.99 + 0.03 * random() ** 2));
  const half = (list) => [...list].sort((a, b) => a - b)[15];
  const median = half(us);
  return { median, mad: half(us.map((value) => Math.abs(value - median))), us };
}

/// As --plan leaves it: the runtime's nodes are known, nothing was executed.
export function plannedDocument() {
  const document = makeDocument();
  for (const row of [...document.nodes, ...document.runtime, ...document.ops]) row.measured_us = null;
  for (const row of [...document.nodes, ...document.runtime]) row.measured_mad_us = null;
  Object.assign(document.totals, { measured_us: null, measured_mad_us: null, remainder_us: null });
  Object.assign(document.measurement, { status: "planned", reason: "--plan executes nothing", advice: "Leave --plan out to measure.", latency: null, profiled_latency: null, warnings: [] });
  return document;
}

/// After `costscan calibrate`: every executed node has an interval, one kind of kernel was not calibrated, and an executed
/// node of two rows is shared 1 to 3.
export function calibratedDocument() {
  const document = makeDocument({ uncoveredEvery: 0 });
  for (const row of document.runtime) {
    row.shares = row.rows.length === 2 ? [0.25, 0.75] : [1];
    Object.assign(row, { predicted_low_us: row.predicted_us * 0.9, predicted_high_us: row.predicted_us * 1.2, rate_class: row.op_type === "Transpose" ? "Transpose/odd" : `kernel/${row.op_type}` });
  }
  for (const node of document.nodes) node.predicted_us = 0;
  for (const row of document.runtime) row.rows.forEach((index, place) => { document.nodes[index].predicted_us += row.shares[place] * row.predicted_us; });
  const us = document.runtime.reduce((all, row) => all + row.predicted_us, 0);
  const rateClass = (name) => {
    const rows = document.runtime.filter((row) => row.rate_class === name);
    const known = name !== "Transpose/odd";
    return { rate_class: name, nodes: rows.length, predicted_us: rows.reduce((all, row) => all + row.predicted_us, 0), measured_us: null, calibrated: known, asked_class: known ? name : "Transpose/2d" };
  };
  const classes = [...new Set(document.runtime.map((row) => row.rate_class))].map(rateClass);
  document.prediction = {
    plan: "measured", calibration: "full calibration of 2026-11-21 (ONNX Runtime 1.31.0, 1 thread, 3120 points)", cpu: "Example CPU 9000", age_seconds: 3 * 86400,
    us, low_us: us * 0.96, high_us: us * 1.04, uncalibrated_share: classes.find((entry) => !entry.calibrated).predicted_us / us, unknown_nodes: 0, classes,
  };
  Object.assign(document.totals, { predicted_us: us, predicted_runtime_us: us });
  return document;
}

/// Profiled nodes that add up to more than the latency.
export function crowdedDocument() {
  const document = makeDocument();
  const latency = document.totals.measured_us;
  const between = -0.027 * latency;
  document.totals.remainder_us = between;
  document.slow = {
    roof: "measured here", roof_source: "matrix multiply and copies in this run", gap_us: 0, gaps: [],
    parts: { latency_us: latency, compute_us: latency - between, memory_us: 0, dispatch_us: 0, free_us: 0, unknown_us: 0, between_us: between, overhead_us: 0, profiling_us: 0.1 * latency, profiling_removed_us: 0.05 * latency, added: [] },
  };
  return document;
}

/// Work without rates: no prediction, no bound, no time at all.
export function unratedDocument() {
  const document = makeDocument({ measured: false, uncoveredEvery: 0 });
  for (const row of [...document.nodes, ...document.ops]) row.predicted_us = null;
  for (const node of document.nodes) if (!node.view) node.bound = "";
  document.totals.predicted_us = null;
  document.rates = null;
  return document;
}

/// Names that would run, break or forge something if any view took them for more than text.
export const hostileNames = [
  "</script><script>window.__attacked = 1</script>",
  "<img src=x onerror=\"window.__attacked = 2\">",
  "\"><svg onload=window.__attacked=3>",
  "{a|rich} {b} {c} ${x} %s",
  "javascript:window.__attacked=4",
  "__COSTSCAN_DATA__",
  "<!--<script>",
  "line\nbreak\ttab\u0000nul\u2028separator",
  "\u202Eright to left",
  "&lt;b&gt; &amp; 'quotes' \"double\"",
  "🙂 ünïcode 名前",
  "__proto__",
  "constructor",
  "/".repeat(40),
  "x".repeat(5000),
  "",
];

export const hostileDocument = () =>
  makeDocument({
    nodes: 64,
    file: "<b>hostile</b> & \"name\".onnx",
    name: (i) => hostileNames[i % hostileNames.length],
    scope: (i) => (i % 3 === 0 ? hostileNames[(i * 7) % hostileNames.length] : `block.${i % 4}/${hostileNames[i % hostileNames.length].slice(0, 200)}`),
  });

/// The columnar form that stands in the page (reports/document.cpp, Rows::columnar).
export function columnar(document) {
  const table = (rows, cell = (value) => value) => ({
    columns: rows.length > 0 ? Object.keys(rows[0]) : [],
    rows: rows.map((row) => Object.keys(rows[0]).map((name) => cell(row[name], name))),
  });
  const cell = (value, name) => (name === "kernels" ? value.map((kernel) => Object.values(kernel)) : value);
  // One order of fields for all rows.
  const keys = [...new Set(document.nodes.flatMap((node) => Object.keys(node)))];
  const nodes = document.nodes.map((node) => Object.fromEntries(keys.map((key) => [key, node[key]])));
  const { memory } = document;
  const timeline = memory && { ...memory, steps: table(memory.steps), buffers: table(memory.buffers), at_peak: table(memory.at_peak) };
  return { ...document, nodes: table(nodes, cell), runtime: table(document.runtime), memory: timeline };
}

/// The page with a document in its island, escaped as reports/html.cpp does.
export function fillPage(page, document) {
  const escapes = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029" };
  const text = JSON.stringify(columnar(document)).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character]);
  return page.replace(">__COSTSCAN_DATA__<", () => `>${text}<`);
}
