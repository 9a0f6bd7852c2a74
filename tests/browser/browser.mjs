// The system's Chromium, and a page that tolerates no error and no request.
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

/// The browser's path, or null: COSTSCAN_CHROMIUM, else the usual names on PATH.
export function findChromium() {
  const named = process.env.COSTSCAN_CHROMIUM;
  const candidates = named ? [named] : (process.env.PATH ?? "").split(delimiter).flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)));
  return candidates.find((path) => { try { accessSync(path, constants.X_OK); return true; } catch { return false; } }) ?? null;
}

const size = { width: 1100, height: 700 }; // each frame is drawn without a GPU

/// A browser with a profile of its own, gone when it closes.
export async function startBrowser() {
  const { chromium } = await import(pathToFileURL(join(process.env.COSTSCAN_BROWSER_MODULES ?? "node_modules", "playwright-core", "index.mjs")).href);
  const profile = mkdtempSync(join(tmpdir(), "costscan-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    headless: true,
    viewport: size,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
  });
  return {
    context,
    idle: [],
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/// Opens a file and collects what must never happen: console errors, page errors, requests for anything but the file.
/// Takes the page that closePage() put aside: a new one takes a process of its own.
export async function openPage(browser, file, { colorScheme = "light" } = {}) {
  const page = browser.idle.pop() ?? await newPage(browser.context);
  const offences = [];
  const address = pathToFileURL(file).href;
  page.on("console", (message) => { if (["error", "warning", "assert"].includes(message.type())) offences.push(`console ${message.type()}: ${message.text()}`); });
  page.on("pageerror", (error) => offences.push(`page error: ${error.stack ?? error}`));
  page.on("request", (request) => { if (request.url().split("#")[0] !== address && !request.url().startsWith("data:")) offences.push(`request: ${request.url().slice(0, 200)}`); });
  page.on("dialog", (dialog) => { offences.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  await page.emulateMedia({ colorScheme });
  await page.goto(address, { waitUntil: "load" });
  await page.waitForSelector("html[data-ready]");
  return { page, offences };
}

async function newPage(context) {
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.__longTasks = [];
    new PerformanceObserver((list) => window.__longTasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
  });
  return page;
}

/// Puts a page aside for the next file. One whose test failed is left open instead: nothing of it may leak.
export async function closePage(browser, page) {
  for (const event of ["console", "pageerror", "request", "dialog"]) page.removeAllListeners(event);
  await page.goto("about:blank"); // stops what the report still does
  await page.setViewportSize(size);
  browser.idle.push(page);
}

/// The longest task of the page's main thread while `action` ran and settled, and the wall time until it painted.
export async function stall(page, action) {
  await page.evaluate(() => { window.__longTasks.length = 0; });
  const start = performance.now();
  await action();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const wall = performance.now() - start;
  await page.waitForTimeout(80);
  const longest = await page.evaluate(() => Math.max(0, ...window.__longTasks));
  return { wall, longest };
}
