// Light and dark, and the colours of both. Hues are Okabe and Ito's, which stay apart for colour-blind readers; every
// mark that is told by colour is also told by shape or by a word.
import type { Bound } from "./schema";

export interface Palette {
  text: string;
  muted: string;
  line: string;
  grid: string;
  surface: string;
  ring: string;
  bound: Record<Bound, string>;
  remainder: string;
}

const light: Palette = {
  text: "#1a1d21",
  muted: "#565e68",
  line: "#8b949e",
  grid: "#e3e6ea",
  surface: "#ffffff",
  ring: "#000000",
  bound: { compute: "#0072b2", memory: "#e69f00", dispatch: "#cc79a7", free: "#009e73", "": "#8b949e" },
  remainder: "#b9c0c8",
};

const dark: Palette = {
  text: "#e8eaed",
  muted: "#a3abb5",
  line: "#6f7883",
  grid: "#2f353c",
  surface: "#1b1f24",
  ring: "#ffffff",
  bound: { compute: "#56b4e9", memory: "#e69f00", dispatch: "#cc79a7", free: "#1fbf92", "": "#7d8691" },
  remainder: "#4b535d",
};

export const boundName: Record<Bound, string> = {
  compute: "compute",
  memory: "memory",
  dispatch: "dispatch",
  free: "free",
  "": "unknown",
};

export const boundSymbol: Record<Bound, string> = {
  compute: "circle",
  memory: "diamond",
  dispatch: "triangle",
  free: "rect",
  "": "emptyCircle",
};

/// Black or white, whichever reads better on a colour given as #rrggbb (relative luminance, WCAG 2).
export function inkOn(color: string): string {
  const channel = (at: number): number => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? "#10151a" : "#ffffff";
}

export type Theme = "light" | "dark";
type Listener = () => void;

/// Follows the system until the reader chooses; printing is always light.
export class Themes {
  #chosen: Theme | null = null;
  #printing = false;
  readonly #system = matchMedia("(prefers-color-scheme: dark)");
  readonly #listeners: Listener[] = [];

  constructor() {
    this.#system.addEventListener("change", () => this.#apply());
    this.#apply();
  }

  get current(): Theme {
    if (this.#printing) return "light";
    return this.#chosen ?? (this.#system.matches ? "dark" : "light");
  }

  get palette(): Palette {
    return this.current === "dark" ? dark : light;
  }

  toggle(): void {
    this.#chosen = this.current === "dark" ? "light" : "dark";
    this.#apply();
  }

  printing(on: boolean): void {
    this.#printing = on;
    document.documentElement.classList.toggle("printing", on);
    this.#apply();
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  #apply(): void {
    document.documentElement.dataset["theme"] = this.current;
    for (const listener of this.#listeners) listener();
  }
}
