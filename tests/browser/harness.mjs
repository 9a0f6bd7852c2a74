// What all page tests share: the environment that ctest sets (see CMakeLists.txt), one browser, pages that must stay
// silent, and what the node table shows. Ends the process, with the reason, where there is no Chromium or no page.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { closePage, findChromium, openPage, startBrowser } from "./browser.mjs";
import { fillPage } from "./fixtures.mjs";

export const command = process.env.COSTSCAN_COMMAND ?? "";
export const pageFile = process.env.COSTSCAN_PAGE ?? "";
export const models = process.env.COSTSCAN_MODELS ?? "";
export const shared = process.env.COSTSCAN_SHARED ?? "";

const missing = !findChromium() ? "no chromium on PATH" : !existsSync(pageFile) ? "the page is not built (npm was not found)" : null;
if (missing) {
  console.log(`SKIP: ${missing}`);
  process.exit(0);
}

export const work = mkdtempSync(join(tmpdir(), "costscan-pages-"));
let browser;
before(async () => { browser = await startBrowser(); });
after(async () => {
  await browser?.close();
  rmSync(work, { recursive: true, force: true });
});

/// Opens, acts, and then insists on silence.
export async function visit(file, act, options) {
  const { page, offences } = await openPage(browser, file, options);
  await act(page);
  assert.deepEqual(offences, []);
  await closePage(browser, page);
}

/// A page of its own that may speak up: what it said, and what `act` gives.
export async function listen(file, act) {
  const { page, offences } = await openPage(browser, file);
  await act(page);
  await page.close();
  return offences;
}

export function fixture(name, document) {
  const file = join(work, `${name}.html`);
  writeFileSync(file, fillPage(readFileSync(pageFile, "utf8"), document));
  return file;
}

/// Nothing is wider than the window. Charts follow a new width when their observers have run: that is waited for.
export async function assertFits(page) {
  const fits = () => document.documentElement.scrollWidth <= document.documentElement.clientWidth;
  await page.waitForFunction(fits, null, { timeout: 5000 }).catch(() => {});
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
}

export const text = (page, selector) => page.locator(selector).innerText();
export const cells = (page, column) => page.locator(`#nodes-table .row [role=gridcell][data-column="${column}"]`);
export const exactNumber = (title) => Number(title.replace(/[^0-9.e+-]/gi, ""));

/// Every number that the table shows for a row, in its hover text, against the document. Read in one go: a call into the
/// browser takes longer than all of them.
export async function compareRows(page, document, rows) {
  const columns = ["measured_us", "predicted_us", "flops", "compulsory_bytes"];
  const table = await page.evaluate(([rows, columns]) => rows.map((row) => columns.map((column) => {
    const cell = globalThis.document.querySelector(`#nodes-table .row[data-row="${row}"] [data-column="${column}"]`);
    return cell && { shown: cell.textContent.trim(), title: cell.getAttribute("title") };
  })), [rows, columns]);
  rows.forEach((index, i) => columns.forEach((column, j) => {
    const cell = table[i][j];
    if (cell === null) return; // a static page has no measured column
    const wanted = document.nodes[index][column];
    if (wanted === null) assert.ok(cell.shown === "" || cell.shown === "unknown", `row ${index} ${column}: unknown is shown as "${cell.shown}"`);
    else assert.ok(Math.abs(exactNumber(cell.title) - wanted) <= Math.abs(wanted) * 1e-9 + 1e-6, `row ${index} ${column}: ${cell.title} is not ${wanted}`);
  }));
}

export async function visibleRows(page) {
  return page.locator("#nodes-table .row").evaluateAll((rows) => rows.map((row) => Number(row.dataset.row)));
}

export async function sortBy(page, column) {
  await page.locator(`#nodes-table [data-column="${column}"] button`).click();
}

export async function drawEverything(page) {
  for (const chart of await page.locator(".chart").all()) await chart.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => [...document.querySelectorAll(".chart")].every((chart) => chart.dataset.drawn));
}
