// Bundles the page into one HTML file with its script and style in line, and a policy that forbids everything else.
import { createHash } from "node:crypto";
import { defineConfig, type Plugin } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

const marker = "__COSTSCAN_DATA__";

const policy = (hashes: readonly string[]): string =>
  `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hashes.join(" ")}; ` +
  `style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'" />`;

/// Names the one script that may run by its hash, so that no text of a model can ever become code.
function contentSecurityPolicy(): Plugin {
  return {
    name: "costscan-csp",
    enforce: "post",
    // After the other plugin's own "post" handler, which puts script and style in line.
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== "asset" || !file.fileName.endsWith(".html")) continue;
          let html = String(file.source);
          const hashes = [...html.matchAll(/<script(?![^>]*application\/json)[^>]*>([\s\S]*?)<\/script>/g)].map(
            (match) => `'sha256-${createHash("sha256").update(match[1] ?? "", "utf8").digest("base64")}'`,
          );
          if (hashes.length !== 1) this.error(`expected one inline script in the page, found ${hashes.length}`);
          html = html.replace("<!--content-security-policy-->", () => policy(hashes));
          if (!html.includes("Content-Security-Policy")) this.error("the page has lost its policy");
          const markers = html.split(marker).length - 1;
          if (markers !== 1) this.error(`the data marker must stand in the page exactly once, found ${markers}`);
          if (/\b(?:src|href)="(?!#|data:)/.test(html.replace(/<script[\s\S]*?<\/script>/g, "")) || /<script[^>]*\ssrc=/.test(html))
            this.error("the page refers to another file");
          file.source = html;
        }
      },
    },
  };
}

export default defineConfig({
  plugins: [viteSingleFile({ removeViteModuleLoader: true }), contentSecurityPolicy()],
  build: { target: "es2022", modulePreload: false, reportCompressedSize: false, chunkSizeWarningLimit: 2000 },
});
