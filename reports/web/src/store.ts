// The one selection that all views share.
import type { Report } from "./schema";

export interface Selection {
  rows: ReadonlySet<number>; // into report.nodes
  runtime: ReadonlySet<number>; // into report.runtime
  label: string; // what was selected, in words; "" when nothing is
  primary: { kind: "node" | "runtime"; index: number } | null; // the one thing to scroll to
  origin: string; // the view that made it
}

const nothing: Selection = { rows: new Set(), runtime: new Set(), label: "", primary: null, origin: "" };

export class Store {
  selection: Selection = nothing;
  readonly #listeners: ((selection: Selection) => void)[] = [];

  constructor(readonly report: Report) {}

  subscribe(listener: (selection: Selection) => void): void {
    this.#listeners.push(listener);
  }

  selectNode(index: number, origin: string): void {
    const node = this.report.nodes[index];
    if (!node) return;
    this.#set({
      rows: new Set([index]),
      runtime: new Set(node.runtime_nodes),
      label: nodeLabel(this.report, index),
      primary: { kind: "node", index },
      origin,
    });
  }

  selectRuntime(index: number, origin: string): void {
    const executed = this.report.runtime[index];
    if (!executed) return;
    this.#set({
      rows: new Set(executed.rows),
      runtime: new Set([index]),
      label: executed.runtime_node || `${executed.op_type} (executed #${executed.runtime_index})`,
      primary: { kind: "runtime", index },
      origin,
    });
  }

  /// A module, an op type, or any other group of rows.
  selectRows(rows: Iterable<number>, label: string, origin: string): void {
    const chosen = new Set(rows);
    const runtime = new Set<number>();
    for (const row of chosen) for (const index of this.report.nodes[row]?.runtime_nodes ?? []) runtime.add(index);
    this.#set({ rows: chosen, runtime, label, primary: null, origin });
  }

  clear(origin: string): void {
    this.#set({ ...nothing, origin });
  }

  #set(selection: Selection): void {
    this.selection = selection;
    for (const listener of this.#listeners) listener(selection);
  }
}

/// A node's name; nameless nodes go by op type and position.
export function nodeLabel(report: Report, index: number): string {
  const node = report.nodes[index];
  if (!node) return "";
  return node.node_name || `${node.op_type} #${node.node_index}`;
}
