// Whatever the model, what a reader does with its page.
import assert from "node:assert/strict";
import { compareRows, exactNumber, sortBy, text, visibleRows } from "./harness.mjs";

/// Whatever the model: summary, numbers, sorting, filtering, opening, selecting, themes, print.
export async function tour(page, document) {
  const nodes = document.nodes;
  const known = nodes.map((node, row) => ({ ...node, row }));
  await page.locator("#nodes").scrollIntoViewIfNeeded();
  assert.equal(await page.title(), `${document.model.file} · costscan`);
  assert.equal(await text(page, "h1"), document.model.file.trim());
  await compareRows(page, document, await visibleRows(page));
  await checkSummary(page, document);

  await sortBy(page, "flops");
  const descending = (await visibleRows(page)).map((row) => nodes[row].flops);
  const best = known.map((node) => node.flops).filter((value) => value !== null).sort((a, b) => b - a);
  assert.deepEqual(descending.filter((value) => value !== null).slice(0, 5), best.slice(0, 5));
  await sortBy(page, "flops");
  assert.equal(nodes[(await visibleRows(page))[0]].flops, best.at(-1), "ascending starts with the smallest known value, not with unknown");

  const op = nodes.find((node) => node.kernels.length > 0)?.op_type;
  await page.fill("#nodes-search", `op=${op}`);
  const matching = nodes.filter((node) => node.op_type.toLowerCase() === op.toLowerCase() && node.domain === "").length;
  assert.match(await text(page, "#nodes-status"), new RegExp(`^${matching.toLocaleString("en-US")} of|^${nodes.length.toLocaleString("en-US")} nodes?\\.$`));
  for (const row of await visibleRows(page)) assert.equal(nodes[row].op_type, op);

  const first = (await visibleRows(page))[0];
  const line = page.locator(`#nodes-table .row[data-row="${first}"]`);
  await line.locator(".tr").click();
  const panel = line.locator(".panel");
  await panel.waitFor();
  const shown = await panel.innerText();
  for (const kernel of nodes[first].kernels) {
    const kernelText = document.kernel_texts[kernel.text];
    assert.ok(shown.includes(kernelText.name), `kernel ${kernelText.name} is not shown`);
    for (const formula of ["flops_formula", "read_formula", "write_formula"])
      if (kernelText[formula]) assert.ok(shown.includes(kernelText[formula]), `${formula} of ${kernelText.name} is not shown`);
    if (kernel.flops) assert.ok(shown.includes(kernel.flops.toLocaleString("en-US")), `the FLOPs of ${kernelText.name} are not shown`);
  }
  assert.ok((await text(page, "#selection")).includes("1 node"), "the selection bar does not tell the selected node");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#selection.on").count(), 0);
  await page.fill("#nodes-search", "");
  await keyboard(page);
  await treemap(page, document);

  const before = await page.locator("html").getAttribute("data-theme");
  await page.click("#theme");
  assert.notEqual(await page.locator("html").getAttribute("data-theme"), before);
}

async function checkSummary(page, document) {
  const words = await text(page, "#summary");
  const { totals, measurement } = document;
  const figure = async (label) => page.locator(`#summary dt:text-is("${label}") + dd .figure`).first().getAttribute("title");
  if (totals.measured_us !== null) assert.ok(Math.abs(exactNumber(await figure("latency")) - totals.measured_us) < 1e-3 + totals.measured_us * 1e-9);
  else {
    assert.ok(words.includes("not measured"));
    assert.ok(words.includes(measurement.reason), `the reason is not shown: ${measurement.reason}`);
    assert.ok(words.includes(measurement.advice), `the advice is not shown: ${measurement.advice}`);
  }
  if (totals.flops !== null) assert.equal(exactNumber(await figure("work")), totals.flops);
  if (document.uncovered.length === 0) assert.ok(words.includes("none: every node has a cost model"));
  else assert.ok(words.includes(`${(totals.rows - totals.covered_nodes).toLocaleString("en-US")} node`));
}

async function keyboard(page) {
  const table = page.locator("#nodes-table");
  await table.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const active = await table.getAttribute("aria-activedescendant");
  await page.keyboard.press("Enter");
  const row = page.locator(`[id="${active}"]`);
  await row.locator(".panel").waitFor();
  assert.equal(await row.getAttribute("aria-expanded"), "true");
  assert.equal(await row.getAttribute("aria-rowindex"), "4", "Home and two arrows reach the third row (the header is row 1)");
  await page.keyboard.press("Enter");
  assert.equal(await row.getAttribute("aria-expanded"), "false");
  await page.keyboard.press("Escape");
}

/// By mouse: click the largest tile; by keys: back up.
async function treemap(page, document) {
  const chart = page.locator("#modules .chart");
  if ((await chart.count()) === 0) return;
  await chart.scrollIntoViewIfNeeded();
  await page.locator("#modules .chart[data-drawn]").waitFor();
  const box = await chart.boundingBox();
  // A click may hit the remainder's tile or a seam: neither selects anything.
  for (const [x, y] of [[0.2, 0.5], [0.6, 0.53], [0.45, 0.77], [0.8, 0.31], [0.9, 0.9]]) {
    await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
    if (await page.locator("#selection.on").count()) break;
  }
  assert.equal(await page.locator("#selection.on").count(), 1, "no click on the treemap selects anything");
  const selected = Number(/([\d,]+) nodes?/.exec(await page.locator("#selection span").innerText())[1].replace(/,/g, ""));
  assert.ok(selected >= 1 && selected <= document.nodes.length);
  await page.check("#nodes-only-selected", { force: true }); // without waiting for frames in which nothing moves
  assert.match(await text(page, "#nodes-status"), new RegExp(`^${selected.toLocaleString("en-US")} (of|nodes?)`));
  await page.uncheck("#nodes-only-selected", { force: true });
  await page.keyboard.press("Escape");

  // By keys: the first tile is the largest; Enter descends or selects, Backspace goes up.
  while ((await page.locator("#modules .trail button").count()) > 1) await page.locator("#modules .trail button").first().click();
  await chart.focus();
  await page.keyboard.press("ArrowRight");
  assert.ok((await text(page, "#modules .readout")).length > 0, "the chart says nothing to a keyboard");
  await page.keyboard.press("Enter");
  await page.locator("#selection.on").waitFor();
  await page.keyboard.press("Backspace");
  assert.equal(await page.locator("#modules .trail button").count(), 1);
  const notes = await page.evaluate(() => [...document.querySelectorAll("#modules .choice input")].map((option) => {
    option.click();
    return document.querySelector("#modules .note").textContent;
  }));
  assert.ok(notes.length > 0 && notes.every((note) => note.length > 0), "a metric says nothing of itself");
  await page.keyboard.press("Escape");
}
