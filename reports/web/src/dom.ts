// Elements from plain values. Text only ever becomes a text node: names in a model are not trusted.

type Child = Node | string | null | undefined | false;
type Props = Record<string, string | number | boolean | ((event: never) => void) | undefined>;

/// h("button", {class: "x", onclick: f}, "text"): attributes, listeners (on...), children.
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as (event: Event) => void);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

export function add(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
}

export function clear(element: Element): void {
  element.replaceChildren();
}

/// A figure with its exact value on hover; null reads as unknown, never as 0.
export function figure(value: number | null, show: (v: number) => string, exactText: (v: number) => string): HTMLElement {
  if (value === null) return h("span", { class: "unknown", title: "unknown" }, "unknown");
  return h("span", { class: "figure", title: exactText(value) }, show(value));
}

/// One choice out of several, as a radio group that looks like a row of buttons.
export function choice<T extends string>(
  label: string,
  options: readonly { value: T; text: string; title?: string }[],
  initial: T,
  onChoose: (value: T) => void,
): HTMLElement {
  const name = `choice-${label.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  const group = h("div", { class: "choice", role: "radiogroup", "aria-label": label });
  for (const option of options) {
    const input = h("input", {
      type: "radio",
      name,
      value: option.value,
      checked: option.value === initial,
      onchange: () => onChoose(option.value),
    });
    group.append(h("label", { title: option.title }, input, h("span", {}, option.text)));
  }
  return group;
}
