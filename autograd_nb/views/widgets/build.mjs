// Builds static/panel.js and static/panel.css. The result depends on nothing but src/ and the
// pinned esbuild; --check compares it with the committed files and writes nothing.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const BUDGET = 64 * 1024;
const isCheck = process.argv.includes("--check");
// Names of properties that never leave the bundle: neither the page nor the kernel knows them.
const INNER = [
  ..."bounds choice choose edgeAt edgeStat fold follow hover idleEdges idleNodes inside".split(" "),
  ..."isFar isOpen kernel leafAt members moved nodeAt playing ranNodes receives redraw".split(" "),
  ..."refusal scrub selected speed uid whole byLeaf byLine dragged closed hits reach".split(" "),
  ..."dark point root ended draw stamp view ask notice say broken pinned".split(" "),
];
const common = { outdir: "static", bundle: true, minify: true, charset: "ascii", write: false };

const script = await build({
  ...common,
  entryPoints: { panel: "src/panel.ts" },
  format: "esm",
  target: "es2022",
  legalComments: "none",
  mangleProps: new RegExp(`^(${INNER.join("|")})$`),
});
const style = await build({
  ...common,
  entryPoints: ["src/panel.css"],
  target: ["chrome120", "firefox117", "safari17.2"],
});

const files = [...script.outputFiles, ...style.outputFiles];
const total = files.reduce((sum, file) => sum + file.contents.length, 0);
for (const file of files) console.log(`${basename(file.path)} ${file.contents.length} B`);
console.log(`together ${total} of ${BUDGET} B`);
if (total > BUDGET) {
  console.error("the bundle is over its budget: it is sent to the browser once per panel");
  process.exit(1);
}
for (const file of files) {
  if (!isCheck) writeFileSync(file.path, file.contents);
  else if (Buffer.compare(readFileSync(file.path), Buffer.from(file.contents)) !== 0) {
    console.error(`${basename(file.path)} is not what src/ builds: run npm run build, commit it`);
    process.exit(1);
  }
}
