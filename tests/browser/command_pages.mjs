// Pages that the command itself wrote, against what it says of the same run in JSON.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { columnar, fillPage, makeDocument } from "./fixtures.mjs";
import { command, drawEverything, models, shared, visit, work } from "./harness.mjs";
import { tour } from "./tour.mjs";

const bundled = ["mobilenet_v3_small", "bert_2layer", "llama_2layer_gqa_kv", "tagger_loop_if"].map((name) => join(models, `${name}.onnx`));
// Models of real size take minutes to measure on two cores: by hand, COSTSCAN_BROWSER_CORPUS=1 ctest -L browser.
const named = process.env.COSTSCAN_BROWSER_CORPUS ? ["resnet50", "bert_base", "yolov8n"] : [];
const corpus = named.map((name) => join(shared, "corpus", `${name}.onnx`));
const cases = [...bundled.map((model) => [model, []]), [bundled[1], ["--static"]], ...corpus.map((model) => [model, []])].map(([model, options]) => {
  const title = `${basename(model)} ${options.join(" ")}`.trim();
  const absent = !existsSync(command) ? "the command is not built" : !existsSync(model) ? "the model is not there" : null;
  return { model, options, title, absent, folder: join(work, title.replace(/\W+/g, "_")) };
});

/// One run of the command for each case, page and JSON together, one after the other while the other pages are looked at.
let running = Promise.resolve();
for (const each of cases) {
  if (each.absent) continue;
  const args = [each.model, "--report", "html,json", "--seconds", "0.1", "-o", each.folder, ...each.options];
  each.run = running.then(() => promisify(execFile)(command, args, { maxBuffer: 2 ** 26 }));
  running = each.run.catch(() => undefined); // its own test says so
}

describe("pages of the command", () => {
  for (const { model, options, title, absent, folder, run } of cases)
    test(title, { skip: absent ?? false, timeout: 300000 }, async () => {
      await run;
      const file = (extension) => join(folder, `${basename(model, ".onnx")}.costscan.${extension}`);
      const document = islandOf(readFileSync(file("html"), "utf8"));
      checkAgainstJson(document, JSON.parse(readFileSync(file("json"), "utf8")));
      assert.equal(document.totals.measured_us === null, options.includes("--static"));
      await visit(file("html"), async (page) => {
        await drawEverything(page);
        await tour(page, document);
      });
      console.log(`${title}: ${document.nodes.length} nodes, page of ${(statSync(file("html")).size / 1e6).toFixed(2)} MB`);
    });
});

/// The document of a page, with columnar rows turned back into objects.
function islandOf(html) {
  const start = html.indexOf(">", html.indexOf('id="costscan-data"')) + 1;
  const document = JSON.parse(html.slice(start, html.indexOf("</script>", start)));
  const rows = ({ columns, rows: list }) => list.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
  const fields = ["text", "flops", "macs", "transcendentals", "int_ops", "read_bytes", "write_bytes"];
  const nodes = rows(document.nodes).map((node) => ({ ...node, kernels: node.kernels.map((kernel) => Object.fromEntries(fields.map((field, i) => [field, kernel[i]]))) }));
  const memory = document.memory && { ...document.memory, steps: rows(document.memory.steps), buffers: rows(document.memory.buffers), at_peak: rows(document.memory.at_peak) };
  return { ...document, nodes, runtime: rows(document.runtime), memory };
}

/// Both are made from one analysis: what the page holds is what the JSON says, times included.
function checkAgainstJson(page, json) {
  assert.equal(page.nodes.length, json.nodes.length);
  page.nodes.forEach((node, i) => assert.deepEqual(node, json.nodes[i], `node ${i}`));
  page.runtime.forEach((row, i) => { for (const [field, value] of Object.entries(row)) assert.deepEqual(value, json.runtime[i][field], `executed node ${i} ${field}`); });
  for (const part of ["model", "dims", "totals", "ops", "prediction", "slow", "uncovered", "measurement", "warnings"]) assert.deepEqual(page[part], json[part], part);
}

test("the map of fingerprints answers to mouse and keys", { skip: existsSync(command) ? false : "the command is not built", timeout: 300000 }, async () => {
  const file = join(work, "map.html");
  await promisify(execFile)(command, ["fingerprint", ...bundled, "--report", "html", "-o", file]);
  const { fingerprint_map: map } = JSON.parse(/id="costscan-data">([^<]*)</.exec(readFileSync(file, "utf8"))[1]);
  assert.deepEqual(map.models.map(({ model }) => model), bundled.map((model) => basename(model, ".onnx")));
  await visit(file, async (page) => {
    await drawEverything(page);
    assert.equal(await page.locator("#map svg").count(), 0, "the still picture is gone");
    const chart = page.locator("#map .chart");
    const seen = (await chart.evaluate(everyTooltip)).join("\n");
    for (const { model, family, nearest } of map.models) {
      const own = seen.split("\n").find((tip) => tip.startsWith(`${model}family ${family}`));
      assert.ok(own, `no tooltip of ${model}`);
      for (const near of nearest) assert.ok(own.includes(`near ${near.model} (${near.family}`), `${model} without ${near.model}`);
    }
    assert.match(seen, /\(known\)/);
    await chart.focus();
    for (const { model, family } of map.models) {
      await page.keyboard.press("ArrowRight");
      assert.match(await page.locator("#map .readout").innerText(), new RegExp(`^${model}: ${family} .*nearest `));
    }
    assert.ok(await page.locator("#map .overlay").isVisible(), "a ring says which");
    await page.keyboard.press("Enter");
    await page.waitForFunction((id) => document.getElementById(id).getBoundingClientRect().top < innerHeight, `model-${map.models.length - 1}`);
  });
});

/// In the page: the texts of all tooltips of a chart, by mouse over a fine grid.
function everyTooltip(host) {
  const texts = new Set();
  const box = host.getBoundingClientRect();
  for (let y = box.y + 4; y < box.bottom; y += 5)
    for (let x = box.x + 50; x < box.right; x += 5) {
      document.elementFromPoint(x, y)?.dispatchEvent(new MouseEvent("mousemove", { clientX: x, clientY: y, bubbles: true, view: window }));
      const tip = host.querySelector(".tip");
      if (tip) texts.add(tip.textContent);
    }
  return [...texts];
}

test("the columnar form loses nothing", () => {
  const document = makeDocument({ nodes: 30 });
  assert.deepEqual(islandOf(fillPage('<script id="costscan-data">__COSTSCAN_DATA__</script>', document)), document);
  assert.equal(columnar(document).nodes.rows.length, 30);
});
