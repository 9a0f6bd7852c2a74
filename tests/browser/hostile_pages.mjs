// Models are not trusted: names that would run, break or forge something, and reports of a size that stalls a page.
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { stall } from "./browser.mjs";
import { hostileDocument, hostileNames, makeDocument } from "./fixtures.mjs";
import { drawEverything, fixture, listen, sortBy, text, visit, work } from "./harness.mjs";

/// In the page: the mouse goes over all of a chart, and shows every tooltip on its way.
function sweep(host) {
  const box = host.getBoundingClientRect();
  for (let x = 0.1; x < 1; x += 0.04)
    for (let y = 0.1; y < 1; y += 0.1) {
      const [clientX, clientY] = [box.x + box.width * x, box.y + box.height * y];
      document.elementFromPoint(clientX, clientY)?.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, bubbles: true, view: window }));
    }
}

describe("hostile names", () => {
  const document = hostileDocument();
  test("are text in every view", () =>
    visit(fixture("hostile", document), async (page) => {
      await drawEverything(page);
      for (const view of ["roofline", "scatter", "modules"]) {
        const chart = page.locator(`#${view} .chart`);
        await chart.scrollIntoViewIfNeeded();
        const box = await chart.boundingBox();
        for (const x of [0.1, 0.5, 0.9]) await page.mouse.move(box.x + box.width * x, box.y + box.height * 0.5);
        // The rest of the chart without the way through the browser's input, which takes longer than the drawing.
        await chart.evaluate(sweep);
        await chart.focus();
        await page.keyboard.press("ArrowRight");
        await chart.evaluate((host) => { for (let i = 0; i < 20; ++i) host.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true })); });
      }
      for (const name of hostileNames.filter((candidate) => candidate !== "").slice(0, 12)) {
        await page.fill("#nodes-search", "");
        const row = document.nodes.findIndex((node) => node.node_name === name);
        await page.evaluate((index) => document.querySelector("#nodes-table").scrollTo(0, 28 * index), row);
      }
      const shown = await page.locator('#nodes-table .row [data-column="node_name"]').allTextContents();
      for (const name of shown) assert.ok(hostileNames.includes(name) || /#\d+$/.test(name) || /^x+…x+$/.test(name), `a name was changed: ${name}`);
      await page.locator("#nodes-table .row .tr").first().click();
      assert.equal(await page.evaluate(() => window.__attacked), undefined);
      assert.equal(await page.locator("main img, main svg, main script").count(), 0);
      assert.equal(await text(page, "h1"), document.model.file);
    }));

  test("of ten megabytes do not stop the page", () => {
    const giant = "ab/".repeat(3.5e6);
    const long = makeDocument({ nodes: 20, name: (i) => (i === 5 ? giant : `node_${i}`), scope: (i) => (i === 5 ? giant : "block") });
    return visit(fixture("giant", long), async (page) => {
      await drawEverything(page);
      await page.fill("#nodes-search", "index=5");
      await page.locator("#nodes-table .row .tr").first().click();
      await page.locator("#nodes-table .panel").waitFor();
    });
  });

  test("an injected script does not run: the policy names the one that may", async () => {
    const file = join(work, "injected.html");
    writeFileSync(file, readFileSync(fixture("measured", makeDocument()), "utf8").replace("<div id=\"app\">", "<script>window.__attacked = 5</script><img src=\"https://example.invalid/x.png\" onerror=\"window.__attacked = 6\"><div id=\"app\">"));
    const offences = await listen(file, async (page) => {
      assert.equal(await page.evaluate(() => window.__attacked), undefined);
      assert.ok(await page.locator("#summary").count(), "the page itself still works");
    });
    assert.ok(offences.some((offence) => /Content Security Policy/i.test(offence)), "the policy did not speak up");
  });
});

describe("ten thousand nodes", () => {
  const document = makeDocument({ nodes: 10000, scope: (i) => `model/block.${Math.floor(i / 160)}/layer.${Math.floor(i / 16) % 10}/${i % 16 < 8 ? "attn" : "mlp"}` });
  // Generous against a busy machine; the figures themselves are printed.
  const limits = { open: 3000, act: 400 };
  test("open and sort without a visible stall", async () => {
    const file = fixture("large", document);
    const bytes = statSync(file).size;
    const start = performance.now();
    await visit(file, async (page) => {
      await page.locator("#nodes-table .row").first().waitFor();
      const opened = performance.now() - start;
      const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
      await page.locator("#nodes").scrollIntoViewIfNeeded();
      await page.waitForTimeout(300);
      const figures = {
        "sort by name": await stall(page, () => sortBy(page, "node_name")),
        "sort by FLOPs": await stall(page, () => sortBy(page, "flops")),
        "search": await stall(page, () => page.fill("#nodes-search", "block.3 matmul")),
        "clear the search": await stall(page, () => page.fill("#nodes-search", "")),
        "open a row": await stall(page, () => page.locator("#nodes-table .row .tr").nth(2).click()),
        "jump to the end": await stall(page, async () => { await page.locator("#nodes-table").focus(); await page.keyboard.press("End"); }),
      };
      await drawEverything(page);
      figures["select with all charts drawn"] = await stall(page, async () => { await page.locator("#nodes-table").focus(); await page.keyboard.press("ArrowUp"); });
      console.log(`10,000 nodes: page of ${(bytes / 1e6).toFixed(2)} MB, first paint ${paint.toFixed(0)} ms, table usable ${opened.toFixed(0)} ms`);
      for (const [name, { wall, longest }] of Object.entries(figures)) console.log(`  ${name}: ${wall.toFixed(0)} ms, longest task ${longest.toFixed(0)} ms`);
      assert.ok(paint < limits.open, `first paint after ${paint} ms`);
      for (const [name, { longest }] of Object.entries(figures)) assert.ok(longest < limits.act, `${name} blocks for ${longest} ms`);
      assert.ok((await page.locator("#nodes-table .row").count()) < 100, "only the rows in view exist as elements");
    });
  });
});
