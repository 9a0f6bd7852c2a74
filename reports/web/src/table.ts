// A table of any length: only the rows in view exist as elements. Sortable, filtered by its owner, driven by keys;
// a row may open to a panel of its own height.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { clear, h } from "./dom";

export interface Column<T> {
  name: string; // as in the CSV
  title: string;
  help: string;
  width: number; // pixels; the first wide column takes what is left
  grow?: boolean;
  numeric?: boolean;
  initially: boolean; // shown at first
  value(row: T): string | number | null; // what sorting and searching see
  show?(row: T): Node | string; // default: the value as text
  exact?(row: T): string; // hover text
}

export interface TableSpec<T extends { row: number }> {
  id: string;
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  sort: { column: string; descending: boolean };
  chosen(row: T): boolean;
  marked?(row: T): string; // extra class: uncovered rows and such
  onChoose(row: T): void;
  open?(row: T): HTMLElement;
}

const rowHeight = 28;
const printedRows = 60;

export class Table<T extends { row: number }> {
  readonly element: HTMLElement;
  readonly #scroll: HTMLElement;
  readonly #head = h("div", { class: "thead", role: "row" });
  readonly #body = h("div", { class: "tbody", role: "rowgroup" });
  readonly #printed = h("div", { class: "printed" });
  readonly #virtual: Virtualizer<HTMLElement, HTMLElement>;
  readonly #keys = new Map<string, (string | number | null)[]>();
  readonly #shown: Set<string>;
  readonly #open = new Set<number>();
  readonly #panels = new Map<number, HTMLElement>();
  readonly #tall = new Set<number>(); // rows that were measured open
  #filter: (row: T) => boolean = () => true;
  #view: T[] = [];
  #sort: { column: string; descending: boolean };
  #active = 0;
  #pending = false;

  constructor(
    readonly spec: TableSpec<T>,
    readonly onView: (shown: number, of: number) => void = () => undefined,
  ) {
    this.#sort = spec.sort;
    this.#shown = new Set(spec.columns.filter((column) => column.initially).map((column) => column.name));
    this.#scroll = h("div", {
      class: "scroll", id: spec.id, role: "grid", tabindex: "0", "aria-label": spec.label,
      onkeydown: (event: KeyboardEvent) => this.#onKey(event),
    });
    this.#scroll.append(this.#head, this.#body);
    this.element = h("div", { class: "table" }, this.#scroll, this.#printed);
    this.#virtual = new Virtualizer<HTMLElement, HTMLElement>({
      count: 0,
      getScrollElement: () => this.#scroll,
      estimateSize: () => rowHeight,
      getItemKey: (index) => this.#view[index]?.row ?? index,
      overscan: 8,
      scrollMargin: 0,
      scrollPaddingStart: 32,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.#render(),
    });
    this.#virtual._didMount();
    this.#virtual._willUpdate();
    this.refresh();
  }

  get shownColumns(): ReadonlySet<string> {
    return this.#shown;
  }

  showColumn(name: string, on: boolean): void {
    if (on) this.#shown.add(name);
    else this.#shown.delete(name);
    this.#renderSoon();
  }

  filter(test: (row: T) => boolean): void {
    this.#filter = test;
    this.refresh();
  }

  /// Filters and sorts anew, keeping the active row where it survives.
  refresh(): void {
    const active = this.#view[this.#active]?.row;
    this.#view = this.spec.rows.filter(this.#filter);
    const keys = this.#keysOf(this.#sort.column);
    const sign = this.#sort.descending ? -1 : 1;
    this.#view.sort((a, b) => compareKeys(keys[a.row]!, keys[b.row]!, sign) || a.row - b.row);
    this.#active = Math.max(0, this.#view.findIndex((row) => row.row === active));
    this.#virtual.setOptions({ ...this.#virtual.options, count: this.#view.length });
    this.#virtual._willUpdate();
    this.#virtual.measure();
    this.#render();
    this.onView(this.#view.length, this.spec.rows.length);
  }

  /// Draws again what is in view: the selection changed.
  repaint(): void {
    this.#renderSoon();
  }

  /// Makes a row active and brings it into view; false where the filter hides it.
  reveal(row: number): boolean {
    const index = this.#view.findIndex((entry) => entry.row === row);
    if (index < 0) return false;
    this.#active = index;
    this.#virtual.scrollToIndex(index, { align: "auto" });
    this.#renderSoon();
    return true;
  }

  toggle(row: number): void {
    if (!this.spec.open) return;
    if (this.#open.has(row)) {
      this.#open.delete(row);
      this.#panels.delete(row);
    } else this.#open.add(row);
    this.#renderSoon();
  }

  /// On paper there is no scrolling: the first rows in the current order stand there as they are.
  printing(on: boolean): void {
    clear(this.#printed);
    if (!on) return;
    const columns = this.#columns();
    const head = h("tr", {}, ...columns.map((column) => h("th", { class: column.numeric ? "number" : undefined }, column.title)));
    const body = h("tbody", {}, ...this.#view.slice(0, printedRows).map((row) =>
      h("tr", { class: this.spec.marked?.(row) || undefined }, ...columns.map((column) => h("td", { class: column.numeric ? "number" : column.grow ? "long" : undefined }, cellContent(column, row))))));
    this.#printed.append(h("table", {}, h("thead", {}, head), body));
    if (this.#view.length > printedRows)
      this.#printed.append(h("p", { class: "note" }, `The first ${printedRows} of ${this.#view.length.toLocaleString("en-US")} rows in this order.`));
  }

  #columns(): Column<T>[] {
    return this.spec.columns.filter((column) => this.#shown.has(column.name));
  }

  #keysOf(name: string): (string | number | null)[] {
    let keys = this.#keys.get(name);
    const column = this.spec.columns.find((candidate) => candidate.name === name);
    if (!keys) {
      keys = [];
      for (const row of this.spec.rows) {
        const value = column ? column.value(row) : null;
        keys[row.row] = typeof value === "string" ? naturalKey(value) : value;
      }
      this.#keys.set(name, keys);
    }
    return keys;
  }

  #sortBy(column: Column<T>): void {
    const same = this.#sort.column === column.name;
    this.#sort = { column: column.name, descending: same ? !this.#sort.descending : column.numeric === true && column.name !== "node_index" };
    this.refresh();
    this.#scroll.scrollTop = 0;
    this.#head.querySelector<HTMLElement>(`[data-column="${column.name}"] button`)?.focus();
  }

  #render(): void {
    const columns = this.#columns();
    const template = columns.map((column) => (column.grow ? `minmax(${column.width}px, 1fr)` : `${column.width}px`)).join(" ");
    this.#scroll.style.setProperty("--columns", template);
    this.#scroll.style.setProperty("--width", `${columns.reduce((all, column) => all + column.width, 0)}px`);
    this.#scroll.setAttribute("aria-rowcount", String(this.#view.length + 1));
    this.#drawHead(columns);
    const items = this.#virtual.getVirtualItems();
    this.#body.style.height = `${this.#virtual.getTotalSize()}px`;
    const rows: HTMLElement[] = [];
    for (const item of items) {
      const row = this.#view[item.index];
      if (row) rows.push(this.#drawRow(row, item.index, item.start, columns));
    }
    // A filter that leaves no row says so instead of leaving a hole.
    if (this.#view.length === 0) rows.push(h("p", { class: "empty" }, "No row passes the filter."));
    this.#body.replaceChildren(...rows);
    // To measure is to lay out: only what is open, or was, has another height than the rest.
    for (const element of rows) {
      const row = Number(element.dataset["row"] ?? -1);
      if (!this.#open.has(row) && !this.#tall.has(row)) continue;
      this.#virtual.measureElement(element);
      if (this.#open.has(row)) this.#tall.add(row);
      else this.#tall.delete(row);
    }
    this.#scroll.setAttribute("aria-activedescendant", `${this.spec.id}-${this.#view[this.#active]?.row ?? ""}`);
  }

  /// A choice often comes with an opening or a scroll: one drawing serves all that happens in one turn.
  #renderSoon(): void {
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      this.#render();
    });
  }

  #drawHead(columns: readonly Column<T>[]): void {
    const signature = JSON.stringify([columns.map((column) => column.name), this.#sort]);
    if (this.#head.dataset["signature"] === signature) return;
    this.#head.dataset["signature"] = signature;
    clear(this.#head);
    for (const column of columns) {
      const sorted = this.#sort.column === column.name;
      const direction = this.#sort.descending ? "descending" : "ascending";
      this.#head.append(
        h("div", { class: column.numeric ? "cell number" : "cell", role: "columnheader", "data-column": column.name, "aria-sort": sorted ? direction : "none" },
          h("button", { type: "button", title: `${column.help}. Click to sort.`, onclick: () => this.#sortBy(column) },
            column.title, sorted ? (this.#sort.descending ? " ▼" : " ▲") : "")),
      );
    }
  }

  #drawRow(row: T, index: number, start: number, columns: readonly Column<T>[]): HTMLElement {
    const open = this.#open.has(row.row);
    const classes = ["tr", this.spec.marked?.(row) ?? "", this.spec.chosen(row) ? "chosen" : "", index === this.#active ? "active" : ""];
    const cells = h("div", { class: classes.filter((name) => name !== "").join(" ") });
    for (const column of columns)
      cells.append(h("div", { class: column.numeric ? "cell number" : "cell", role: "gridcell", "data-column": column.name, title: column.exact?.(row) }, cellContent(column, row)));
    const element = h("div", {
      class: "row", role: "row", id: `${this.spec.id}-${row.row}`, "data-index": String(index), "data-row": String(row.row),
      "aria-rowindex": String(index + 2), "aria-expanded": this.spec.open ? String(open) : undefined, "aria-selected": String(this.spec.chosen(row)),
    }, cells);
    element.style.transform = `translateY(${start}px)`;
    cells.addEventListener("click", () => {
      this.#active = index;
      this.spec.onChoose(row);
      this.toggle(row.row);
    });
    if (open && this.spec.open) {
      let panel = this.#panels.get(row.row);
      if (!panel) this.#panels.set(row.row, (panel = this.spec.open(row)));
      element.append(panel);
    }
    return element;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target !== this.#scroll) return; // buttons and panels inside keep their own keys
    const page = Math.max(1, Math.floor(this.#scroll.clientHeight / rowHeight) - 2);
    const last = this.#view.length - 1;
    const goal: number | undefined = {
      ArrowDown: this.#active + 1, ArrowUp: this.#active - 1, PageDown: this.#active + page, PageUp: this.#active - page, Home: 0, End: last,
    }[event.key];
    const row = this.#view[this.#active];
    if (goal !== undefined && last >= 0) {
      const target = this.#view[Math.min(last, Math.max(0, goal))]!;
      this.reveal(target.row);
      this.spec.onChoose(target);
    } else if (event.key === "Enter" && row) {
      this.spec.onChoose(row);
      this.toggle(row.row);
    } else if (event.key === "ArrowRight" && row && !this.#open.has(row.row)) this.toggle(row.row);
    else if (event.key === "ArrowLeft" && row && this.#open.has(row.row)) this.toggle(row.row);
    else return;
    event.preventDefault();
  }
}

function cellContent<T>(column: Column<T>, row: T): Node | string {
  if (column.show) return column.show(row);
  const value = column.value(row);
  return value === null ? h("span", { class: "unknown" }, "unknown") : String(value);
}

/// "layer.10" after "layer.2": runs of digits are padded once instead of compared cleverly ten thousand times.
function naturalKey(text: string): string {
  return text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
}

/// Unknown stands last in either direction: it is neither small nor large.
function compareKeys(a: string | number | null, b: string | number | null, sign: number): number {
  const noA = a === null || a === "";
  const noB = b === null || b === "";
  if (noA || noB) return Number(noA) - Number(noB);
  return a! < b! ? -sign : a! > b! ? sign : 0;
}
