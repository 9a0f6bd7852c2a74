// The totals as formulas of the free dimensions, each with where it holds and how it was checked.
import { h } from "../dom";
import * as format from "../format";
import type { ClosedForm, Report } from "../schema";

const names: Record<string, string> = {
  flops: "FLOPs", macs: "MACs", transcendentals: "transcendentals", int_ops: "integer operations",
  read_bytes: "bytes read", write_bytes: "bytes written", compulsory_bytes: "compulsory bytes",
};
const pointsShown = 40;

/// Bindings as rows of numbers under the dimensions' names; the long tail is counted, not hidden.
function points(dims: string[], list: number[][]): HTMLElement {
  const shown = list.slice(0, pointsShown).map((point) => `(${point.join(", ")})`).join(" ");
  const rest = list.length > pointsShown ? ` and ${list.length - pointsShown} more` : "";
  return h("dd", {}, `(${dims.map((dim) => format.shorten(dim, 40)).join(", ")}) = ${shown}${rest}`);
}

function entry(form: ClosedForm, dims: string[]): HTMLElement {
  const evidence = h("details", {}, h("summary", {}, form.evidence));
  const list = h("dl", { class: "facts" });
  if (form.fitted_points.length > 0) list.append(h("dt", {}, "goes through"), points(dims, form.fitted_points));
  if (form.checked_points.length > 0) list.append(h("dt", {}, "checked at"), points(dims, form.checked_points));
  const known = dims.length > 0 && form.formula !== null;
  if (known) evidence.append(list);
  return h("tr", { "data-total": form.total },
    h("th", { scope: "row" }, names[form.total] ?? form.total),
    h("td", {},
      form.formula === null ? h("span", { class: "unknown" }, "no formula") : h("code", {}, form.formula),
      form.formula !== null && form.holds ? h("div", { class: "note" }, `where ${form.holds}`) : null,
      known ? evidence : h("div", { class: "note" }, form.evidence)));
}

export function formulasView(report: Report): HTMLElement {
  const section = h("section", { class: "card wide", id: "formulas" }, h("h2", {}, "As functions of the free dimensions"));
  const forms = report.closed_forms;
  if (!forms) {
    section.append(h("p", { class: "empty" }, "Not derived for this report."));
    return section;
  }
  section.append(
    h("p", { class: "lead" }, forms.dims.length === 0
      ? "All dimensions are fixed: the totals are numbers."
      : `Exact polynomials in ${forms.dims.map((dim) => format.shorten(dim, 60)).join(", ")}, found from ${format.plural(forms.evaluations, "analysis", "analyses")} and checked at bindings that they were not made from.`),
    h("table", { class: "plain formulas" }, h("tbody", {}, ...forms.forms.map((form) => entry(form, forms.dims)))));
  return section;
}
