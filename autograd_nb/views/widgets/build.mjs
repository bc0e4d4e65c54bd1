// Builds static/panel.js and static/panel.css. The result depends on nothing but src/ and the
// pinned esbuild, so that a rebuild can be compared with the committed files.
import { build } from "esbuild";
import { statSync } from "node:fs";

const BUDGET = 64 * 1024;

await build({
  entryPoints: { panel: "src/panel.ts" },
  outdir: "static",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
});
await build({
  entryPoints: ["src/panel.css"],
  outdir: "static",
  bundle: true,
  minify: true,
  target: ["chrome110", "firefox110", "safari16"],
  charset: "ascii",
});

const sizes = ["panel.js", "panel.css"].map((name) => statSync(`static/${name}`).size);
const total = sizes[0] + sizes[1];
console.log(`panel.js ${sizes[0]} B, panel.css ${sizes[1]} B, together ${total} of ${BUDGET} B`);
if (total > BUDGET) {
  console.error("the bundle is over its budget: it is sent to the browser once per widget");
  process.exit(1);
}
