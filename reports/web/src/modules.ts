// The module tree: nodes grouped by their `scope` path. A sum over the tree is the sum over the rows, nothing falls out.
import { shorten } from "./format";
import type { NodeRow } from "./schema";

export interface Module {
  name: string;
  path: string;
  parent: Module | null;
  children: Module[];
  leaves: NodeRow[]; // nodes directly in this module
  rows: NodeRow[]; // all nodes in and below it
}

/// From this many on, nodes without a module are grouped by op type, or the top would be a mosaic of crumbs.
const groupFrom = 24;

/// `name` is the root's, which stands for the whole model.
export function moduleTree(nodes: readonly NodeRow[], name: string): Module {
  const root = make(name, "", null);
  const byPath = new Map<string, Module>([["", root]]);
  const unscoped = nodes.filter((node) => pathOf(node).length === 0);
  const group = unscoped.length >= groupFrom;
  for (const node of nodes) {
    let parts = pathOf(node);
    if (parts.length === 0 && group) parts = [node.op_type];
    let module = root;
    let path = "";
    for (const part of parts) {
      path += `/${part}`;
      let next = byPath.get(path);
      if (!next) {
        next = make(part, path, module);
        module.children.push(next);
        byPath.set(path, next);
      }
      module = next;
    }
    module.leaves.push(node);
  }
  collapse(root);
  divide(root);
  collect(root);
  return root;
}

/// More members than this are shown as ranges in file order: a thousand equal layers are no mosaic of crumbs either.
export const mostMembers = 60;

function divide(top: Module): void {
  const open = [top];
  for (let module = open.pop(); module; module = open.pop()) {
    const { children, leaves } = module;
    if (children.length > mostMembers) module.children = ranges(children.length).map(([from, to]) => childRange(module!, children.slice(from, to)));
    if (leaves.length > mostMembers) {
      for (const [from, to] of ranges(leaves.length)) module.children.push(leafRange(module, leaves.slice(from, to)));
      module.leaves = [];
    }
    open.push(...module.children);
  }
}

function ranges(count: number): [number, number][] {
  const size = Math.ceil(count / 40);
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => [i * size, Math.min(count, (i + 1) * size)]);
}

function childRange(parent: Module, members: Module[]): Module {
  if (members.length === 1) return members[0]!;
  const range = make(`${members[0]!.name} … ${members.at(-1)!.name}`, parent.path, parent);
  range.children = members;
  for (const member of members) member.parent = range;
  return range;
}

function leafRange(parent: Module, members: NodeRow[]): Module {
  const range = make(`${members[0]!.op_type} #${members[0]!.node_index} … #${members.at(-1)!.node_index}`, parent.path, parent);
  range.leaves = members;
  return range;
}

/// Modules nest a few levels deep; a path of thousands of parts is no module path, and its tail stays one part.
const deepest = 32;
const longestPart = 200;

function pathOf(node: NodeRow): string[] {
  const parts = node.scope.split("/", 100 * deepest).filter((part) => part !== "");
  const tail = parts.splice(deepest);
  if (tail.length > 0) parts.push(tail.join("/"));
  return parts.map((part) => shorten(part, longestPart));
}

const make = (name: string, path: string, parent: Module | null): Module => ({
  name, path, parent, children: [], leaves: [], rows: [],
});

/// A module that holds only one other module is shown as one: "model/encoder". Iterative: paths may be very deep.
function collapse(top: Module): void {
  const open = [top];
  for (let module = open.pop(); module; module = open.pop()) {
    while (module.children.length === 1 && module.leaves.length === 0) {
      const only: Module = module.children[0]!;
      module.name = `${module.name}/${only.name}`;
      module.path = only.path;
      module.children = only.children;
      module.leaves = only.leaves;
      for (const child of module.children) child.parent = module;
    }
    open.push(...module.children);
  }
}

function collect(root: Module): void {
  const order: Module[] = [root];
  for (let i = 0; i < order.length; ++i) order.push(...order[i]!.children);
  for (let i = order.length - 1; i >= 0; --i) {
    const module = order[i]!;
    module.rows = module.children.reduce<NodeRow[]>((rows, child) => {
      for (const row of child.rows) rows.push(row);
      return rows;
    }, [...module.leaves]);
  }
}

/// The modules from the root down to this one.
export function ancestry(module: Module): Module[] {
  const path: Module[] = [];
  for (let at: Module | null = module; at; at = at.parent) path.unshift(at);
  return path;
}

export function contains(module: Module, row: number): boolean {
  return module.rows.some((node) => node.row === row);
}
