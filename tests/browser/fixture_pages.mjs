// Each view of the page, on reports made for what it has to show.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { calibratedDocument, crowdedDocument, fillPage, makeDocument, plannedDocument, unratedDocument } from "./fixtures.mjs";
import { assertFits, cells, drawEverything, exactNumber, fixture, pageFile, text, visibleRows, visit, work } from "./harness.mjs";
import { tour } from "./tour.mjs";

describe("fixtures", () => {
  const documents = {
    measured: makeDocument(),
    "static": makeDocument({ measured: false }),
    covered: makeDocument({ uncoveredEvery: 0 }),
    planned: plannedDocument(),
    unrated: unratedDocument(),
    flat: makeDocument({ nodes: 60, scope: () => "" }),
  };
  for (const [name, document] of Object.entries(documents))
    test(`${name}, light`, () =>
      visit(fixture(name, document), async (page) => {
        assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
        await drawEverything(page);
        await tour(page, document); // ends in the dark
      }));

  for (const name of ["measured", "covered"])
    test(`${name}, dark`, () =>
      visit(fixture(name, documents[name]), async (page) => {
        assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
        await drawEverything(page);
        const colours = () => page.evaluate(() => ["body", "#summary", "h1"].map((selector) => getComputedStyle(document.querySelector(selector))).map(({ backgroundColor, color }) => `${backgroundColor} ${color}`));
        const dark = await colours();
        await page.click("#theme");
        assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
        (await colours()).forEach((colour, i) => assert.notEqual(colour, dark[i]));
      }, { colorScheme: "dark" }));

  test("uncovered nodes are unknown, views are free, neither is 0", () =>
    visit(fixture("marks", documents.measured), async (page) => {
      await page.fill("#nodes-search", "op:mystery");
      for (const cell of await cells(page, "flops").all()) assert.equal(await cell.innerText(), "unknown");
      await page.fill("#nodes-search", "op:reshape");
      for (const cell of await cells(page, "flops").all()) assert.equal(await cell.innerText(), "free");
      for (const cell of await cells(page, "measured_us").all()) assert.equal(await cell.innerText(), "");
      const row = page.locator("#uncovered table tbody tr");
      assert.equal(await row.count(), 1);
      assert.ok((await row.innerText()).includes("no cost model for com.example/Mystery"));
    }));

  test("the remainder has a row, and all rows sum to the latency", () =>
    visit(fixture("remainder", documents.measured), async (page) => {
      await page.fill("#runtime-search", "remainder");
      const cell = page.locator('#runtime-table .row [data-column="measured_us"]');
      assert.equal(await cell.count(), 1);
      assert.ok(Math.abs(exactNumber(await cell.getAttribute("title")) - documents.measured.totals.remainder_us) < 1e-3);
    }));

  test("a calibrated prediction says how far it can be believed, and why", () => {
    const document = calibratedDocument();
    return visit(fixture("calibrated", document), async (page) => {
      const { prediction, runtime, nodes } = document;
      const line = await text(page, '#summary dt:text-is("prediction") + dd');
      for (const words of ["90% interval", "stands on the nodes that the runtime executed", "full calibration of 2026-11-21", "3 days old", "Example CPU 9000", "were not calibrated"]) assert.ok(line.includes(words), `"${words}" is not in: ${line}`);
      assert.match(line, document.totals.measured_us > prediction.high_us ? /% above it/ : document.totals.measured_us < prediction.low_us ? /% below it/ : /lies in it/);
      assert.ok(!(await text(page, '#summary dt:text-is("latency") + dd')).includes("as written"), "one prediction, not two");
      const shown = async (table, row) => (await page.locator(`#${table} .row[data-row="${row}"] [data-column="predicted_high_us"]`).getAttribute("title")).match(/[\d.,]+(?= µs)/g).map((number) => Number(number.replace(/,/g, "")));
      const near = (got, wanted, what) => got.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < 1e-4 + 1e-6 * wanted[i], `${what}: ${got} is not ${wanted}`));
      const fused = runtime.find((row) => row.rows.length === 2);
      for (const [place, index] of fused.rows.entries()) {
        await page.fill("#nodes-search", `"${nodes[index].node_name.toLowerCase()}"`);
        const share = fused.shares[place];
        near(await shown("nodes-table", index), [share * fused.predicted_low_us, share * fused.predicted_high_us], "a node's part of the interval");
      }
      await page.locator(`#nodes-table .row[data-row="${fused.rows[1]}"] .tr`).click();
      assert.match(await text(page, "#nodes-table .panel"), /90% interval .*, by rates of kernel\/FusedMatMul/);
      await page.fill("#nodes-search", "op=reshape");
      assert.equal(await cells(page, "predicted_high_us").first().innerText(), "", "what nothing executes has no interval");
      await page.fill("#runtime-search", "op_type=transpose");
      const odd = runtime.find((row) => row.op_type === "Transpose");
      near(await shown("runtime-table", odd.runtime_index), [odd.predicted_low_us, odd.predicted_high_us], "an executed node's interval");
      assert.equal(await page.locator(`#runtime-table .row[data-row="${odd.runtime_index}"] [data-column="rate_class"]`).innerText(), "Transpose/odd (not calibrated: by Transpose/2d)");
      const inside = runtime.filter((row) => row.predicted_low_us <= row.measured_us && row.measured_us <= row.predicted_high_us).length;
      assert.ok((await text(page, "#scatter .lead")).includes(`${((100 * inside) / runtime.length).toFixed(1)}% of the nodes lie within their 90% intervals`));
      assert.ok((await text(page, "#machine")).includes("full calibration of 2026-11-21"));
    });
  });

  test("without a calibration the page says what would give an interval", () =>
    visit(fixture("plain", documents.measured), async (page) => {
      assert.match(await text(page, '#summary dt:text-is("prediction") + dd'), /^plain roofline of measured here.*without an interval.*costscan calibrate/);
      assert.equal(await cells(page, "predicted_high_us").count(), 0);
    }));

  test("node times beyond the latency are said in words, not as a negative share", () =>
    visit(fixture("crowded", crowdedDocument()), async (page) => {
      await drawEverything(page);
      for (const place of ["#summary", "#overhead"]) assert.ok((await text(page, place)).includes("timed one by one they add up to 2.7% more than the latency"), place);
      for (const place of ["#summary", "#slow", "#modules"]) assert.ok(!/[−-]\d[\d.]*%/.test(await text(page, place)), `a negative share in ${place}`);
      assert.ok((await text(page, "#ops tr.remainder")).startsWith("timed beyond the latency"));
      await page.fill("#runtime-search", "remainder");
      await page.locator("#runtime-table .row .tr").click();
      assert.match(await text(page, "#runtime-table .panel"), /^Negative: nodes are timed in profiled runs/);
    }));

  test("one selection is shown by all views", () =>
    visit(fixture("selection", documents.measured), async (page) => {
      await drawEverything(page);
      await page.locator("#roofline .chart").focus();
      await page.keyboard.press("ArrowRight");
      const longest = documents.measured.runtime.filter((row) => row.flops > 0).sort((a, b) => b.measured_us - a.measured_us)[0];
      assert.ok((await text(page, "#selection")).includes(longest.runtime_node));
      assert.ok((await text(page, "#roofline .readout")).includes(longest.runtime_node));
      assert.equal(await page.locator(`#runtime-table .row[data-row="${longest.runtime_index}"]`).getAttribute("aria-selected"), "true");
      for (const row of longest.rows) {
        await page.fill("#nodes-search", `"${documents.measured.nodes[row].node_name.toLowerCase()}"`);
        assert.equal(await page.locator(`#nodes-table .row[data-row="${row}"]`).getAttribute("aria-selected"), "true");
      }
    }));

  test("columns come and go", () =>
    visit(fixture("columns", documents.measured), async (page) => {
      assert.equal(await cells(page, "macs").count(), 0);
      await page.locator("#nodes .dropdown summary").click();
      await page.locator("#nodes .menu label", { hasText: "MACs" }).locator("input").check();
      const [first] = await visibleRows(page);
      assert.equal(exactNumber(await cells(page, "macs").first().getAttribute("title")), documents.measured.nodes[first].macs);
      await page.locator("#nodes .menu label", { hasText: "Trust" }).locator("input").uncheck();
      assert.equal(await cells(page, "trust").count(), 0);
    }));

  test("op bars switch, select, and follow the selection", () =>
    visit(fixture("ops", documents.measured), async (page) => {
      for (const [value, field] of [["flops", "flops"], ["compulsory", "compulsory_bytes"], ["measured", "measured_us"]]) {
        await page.locator(`#ops .choice input[value="${value}"]`).check();
        const known = documents.measured.ops.filter((op) => op[field] !== null).sort((a, b) => b[field] - a[field]);
        const shown = await page.locator("#ops tbody tr[data-op]").evaluateAll((rows) => rows.map((row) => [row.dataset.op, row.querySelectorAll("td")[2].title]));
        assert.deepEqual(shown.map(([name]) => name.replace("com.example/", "")), known.map((op) => op.op_type));
        shown.forEach(([, title], i) => assert.ok(Math.abs(exactNumber(title) - known[i][field]) < 1e-3));
      }
      const rest = page.locator("#ops tr.remainder td").nth(2);
      assert.ok(Math.abs(exactNumber(await rest.getAttribute("title")) - documents.measured.totals.remainder_us) < 1e-3);
      await page.locator('#ops tr[data-op="Add"] button').click();
      const adds = documents.measured.nodes.filter((node) => node.op_type === "Add").length;
      assert.ok((await text(page, "#selection")).includes(`${adds} nodes`));
      assert.equal(await page.locator("#ops tr.chosen").getAttribute("data-op"), "Add");
    }));

  test("memory is walked by keys, selects with the others, and lists what is alive", () =>
    visit(fixture("memory", documents.measured), async (page) => {
      const { memory, runtime } = documents.measured;
      const shown = async () => page.locator("#memory tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.lastChild.title.replace(/[^0-9]/g, ""))));
      const alive = (i) => memory.buffers.filter((buffer) => (buffer.producer ?? 0) <= i && i <= buffer.last).map((buffer) => buffer.bytes).sort((a, b) => b - a);
      await drawEverything(page);
      const peak = memory.peak_step;
      assert.ok((await text(page, "#memory h3")).startsWith(`Alive at the peak: step ${peak + 1},`));
      assert.deepEqual(await shown(), alive(peak).slice(0, 10));
      await page.locator("#memory .chart").focus();
      await page.keyboard.press("ArrowRight");
      assert.ok((await text(page, "#memory .readout")).startsWith(`Step ${peak + 1} of ${memory.steps.length}, `), "the first key goes to the peak");
      await page.keyboard.press("ArrowRight");
      assert.ok((await text(page, "#memory .readout")).startsWith(`Step ${peak + 2} of`));
      assert.ok((await text(page, "#selection")).includes(runtime[peak + 1].runtime_node));
      assert.equal(await page.locator(`#runtime-table .row[data-row="${peak + 1}"]`).getAttribute("aria-selected"), "true");
      assert.deepEqual(await shown(), alive(peak + 1).slice(0, 10));
      await page.locator("#memory tbody button").first().click();
      assert.ok((await text(page, "#selection")).length > 0);
      await page.keyboard.press("Escape");
      assert.ok((await text(page, "#memory h3")).startsWith("Alive at the peak"), "without a selection it is the peak's turn");
      // Another view's selection moves this one.
      await page.locator("#roofline .chart").focus();
      await page.keyboard.press("ArrowRight");
      const longest = runtime.filter((row) => row.flops > 0).sort((a, b) => b.measured_us - a.measured_us)[0].runtime_index;
      if (longest !== peak) assert.ok((await text(page, "#memory h3")).startsWith(`Alive: step ${longest + 1},`));
      // A click selects the step below it, wherever in its column.
      await page.locator("#memory .chart").scrollIntoViewIfNeeded();
      const box = await page.locator("#memory .chart").boundingBox();
      const [left, right] = [74, 22]; // the plot's margins
      await page.mouse.click(box.x + left + (box.width - left - right) * (9.5 / memory.steps.length), box.y + 60);
      assert.match(await text(page, "#memory h3"), /step 10,/);
    }));

  test("formulas say where they hold, and list their points on demand", () => {
    const long = Array.from({ length: 60 }, (_, i) => `${i + 2}*batch*seq`).join(" + ");
    const closed_forms = {
      dims: ["batch", "seq"], trust: "exact", uncovered_nodes: 0, evaluations: 41,
      forms: [
        { total: "flops", formula: long, holds: "seq mod 32 = 0", evidence: "exact at 2 points, checked at 1 other; for seq mod 32 = 0", held: [], fitted_points: [[1, 32], [2, 64]], checked_points: [[3, 96]] },
        { total: "compulsory_bytes", formula: null, holds: "", evidence: "none: not polynomial: differs at batch=3, seq=5", held: [], fitted_points: [], checked_points: [] },
      ],
    };
    return visit(fixture("formulas", { ...documents.measured, closed_forms }), async (page) => {
      const flops = page.locator('#formulas tr[data-total="flops"]');
      assert.equal(await flops.locator("code").innerText(), long);
      assert.ok((await flops.innerText()).includes("where seq mod 32 = 0"));
      const points = flops.locator("dd").last();
      assert.equal(await points.isVisible(), false);
      await flops.locator("summary").click();
      assert.equal(await points.innerText(), "(batch, seq) = (3, 96)");
      const bytes = await text(page, '#formulas tr[data-total="compulsory_bytes"]');
      assert.ok(bytes.includes("no formula") && bytes.includes("differs at batch=3, seq=5"));
      await page.setViewportSize({ width: 420, height: 800 });
      await assertFits(page);
    });
  });

  test("it fits a narrow screen", () =>
    visit(fixture("narrow", documents.measured), async (page) => {
      await page.setViewportSize({ width: 420, height: 800 });
      await drawEverything(page);
      await assertFits(page);
    }));

  test("the search finds what it says", () =>
    visit(fixture("search", documents.measured), async (page) => {
      const queries = [
        ["matmul", (node) => /matmul/i.test(`${node.node_name}${node.op_type}`)],
        ["layer.1 add", (node) => node.scope.includes("layer.1") && /add/i.test(`${node.node_name}${node.op_type}`)],
        ["op=Add", (node) => node.op_type === "Add"],
        ["op:norm bound:memory", (node) => node.op_type === "LayerNormalization" && node.bound === "memory"],
        ["flops>4e8", (node) => node.flops !== null && node.flops > 4e8],
        ["flops<=0", (node) => node.flops !== null && node.flops <= 0],
        ["measured_us:unknown", (node) => node.measured_us === null],
        ["flops:unknown", (node) => node.flops === null],
        ["-op:matmul -op:add", (node) => !["MatMul", "Add"].includes(node.op_type)],
        ["index=7", (node) => node.node_index === 7],
        ["trust:approximate", (node) => node.trust === "approximate"],
        ["\"layer.1/mlp\"", (node) => node.scope.includes("layer.1/mlp")],
        ["nosuchcolumn>5", () => false],
        ["(unbalanced [regex", () => false],
      ];
      for (const [query, wanted] of queries) {
        await page.fill("#nodes-search", query);
        const expected = documents.measured.nodes.filter(wanted).length;
        const status = await text(page, "#nodes-status");
        assert.equal(Number(/^\d+/.exec(status)[0]), expected, `${query}: ${status}`);
      }
    }));

  test("formulas are shown with the node's numbers in place", () => {
    const document = makeDocument({ measured: false, uncoveredEvery: 0 });
    document.kernel_texts[0].flops_formula = "2*numel(Y)*K + min(K, KK) - kind('K')";
    for (const node of document.nodes) if (node.op_type === "MatMul") node.symbols = [["K", "768", "dim(A, -1)"], ["KK", "7/2", ""], ["numel(Y)", "98304", ""]];
    return visit(fixture("formulas", document), async (page) => {
      await page.fill("#nodes-search", "op=matmul");
      await page.locator("#nodes-table .row .tr").first().click();
      assert.ok((await text(page, "#nodes-table .panel")).includes("= 2*98304*768 + min(768, (7/2)) - kind('K')"));
    });
  });

  test("an empty model and a page without data say so", async () => {
    await visit(fixture("empty", makeDocument({ nodes: 0, measured: false })), async (page) => {
      assert.ok((await text(page, "#modules")).includes("nothing to draw"));
    });
    await visit(pageFile, async (page) => assert.match(await text(page, ".failure"), /holds no readable data/));
    const file = join(work, "future.html");
    writeFileSync(file, fillPage(readFileSync(pageFile, "utf8"), { ...makeDocument(), costscan: { version: "9", schema: 2 } }));
    await visit(file, async (page) => assert.match(await text(page, ".failure"), /schema 1/));
  });

  test("it prints light, without controls, with the first rows of the tables", () =>
    visit(fixture("print", documents.measured), async (page) => {
      const pdf = await page.pdf({ format: "A4" });
      assert.ok(pdf.length > 20000 && pdf.subarray(0, 5).toString() === "%PDF-");
      assert.equal(await page.locator("html").getAttribute("data-theme"), "dark", "back to the reader's theme after printing");
    }, { colorScheme: "dark" }));
});
