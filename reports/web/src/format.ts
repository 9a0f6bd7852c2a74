// Numbers as a reader wants them: three significant figures and a unit; `exact` is what stands in the hover text.

const prefixes = ["", "k", "M", "G", "T", "P", "E"];

/// "8.18 GFLOP", "252 MB", "768 B", "0.0312 FLOP/B".
export function si(value: number, unit: string): string {
  let scaled = Math.abs(value);
  let step = 0;
  // Compared after rounding, so that 999.7 kB becomes 1.00 MB and not 1000 kB.
  while (Number(scaled.toPrecision(3)) >= 1000 && step < prefixes.length - 1) {
    scaled /= 1000;
    ++step;
  }
  const sign = value < 0 ? "−" : "";
  const digits = step === 0 && Number.isInteger(scaled) ? String(scaled) : significant(scaled);
  return `${sign}${digits} ${prefixes[step]}${unit}`.trimEnd();
}

/// For axes: "10 G", "0.01", "1 ms": round numbers need no trailing zeros.
export const tick = (text: string): string => text.replace(/(\.\d*?)0+(?=\D*$)/, "$1").replace(/\.(?=\D*$)/, "");

/// Three significant figures without exponent where that stays readable.
export function significant(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 100) return String(Math.round(value));
  if (Math.abs(value) < 1e-4) return value.toExponential(2);
  return value.toPrecision(3);
}

export const flops = (value: number): string => si(value, "FLOP");
export const bytes = (value: number): string => si(value, "B");
export const intensity = (value: number): string => si(value, "FLOP/B");
export const count = (value: number): string => si(value, "");

/// A time given in microseconds: ns, µs, ms or s.
export function time(us: number): string {
  const size = Number(Math.abs(us).toPrecision(3));
  if (size !== 0 && size < 1) return `${significant(us * 1000)} ns`;
  if (size < 1000) return `${significant(us)} µs`;
  if (size < 1e6) return `${significant(us / 1000)} ms`;
  return `${significant(us / 1e6)} s`;
}

/// 0.9412 → "94.1%"; small shares keep their meaning: "<0.1%".
export function percent(share: number): string {
  const value = share * 100;
  if (value !== 0 && Math.abs(value) < 0.1) return value > 0 ? "<0.1%" : ">−0.1%";
  return `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(Math.abs(value) < 99.95 ? 1 : 0)}%`;
}

export const signedPercent = (share: number): string => (share > 0 ? "+" : "") + percent(share);

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 }); // making one takes longer than using it

/// Every digit, grouped. A number beyond 2^53 is no longer exact in a browser, and says so.
export function exact(value: number, unit: string): string {
  const rounded = Number.isInteger(value) && !Number.isSafeInteger(value) ? "about " : "";
  return `${rounded}${grouped.format(value)} ${unit}`.trimEnd();
}

export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;

/// How much of a name is ever shown: a file may hold one of ten megabytes.
export const longest = { cell: 300, hover: 2000 };

/// A long name with its middle left out; the end of a node's name tells more than its start.
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = Math.floor((length - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`;
}

/// For a canvas, which knows neither line breaks to skip nor how to keep a text direction to one name.
export const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
