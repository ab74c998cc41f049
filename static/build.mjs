/**
 * Builds static/dist: bundles, hashes and compresses. Names carry the hash of their content, so they never go stale.
 * manifest.json: for each plain name its file and bytes; `release` is a hash over all that a phone keeps off line.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const OUT = "static/dist";
const MAIN = "static/js/main.js";
const COMMON = { bundle: true, minify: true, write: false, outdir: OUT, legalComments: "none", target: ["chrome99", "safari15.4", "firefox97"], logLevel: "warning" };
const COMPRESSED = new Set([".js", ".css", ".svg"]);

const hash = (content) => createHash("sha256").update(content).digest("hex").slice(0, 12);
const manifest = { files: {}, release: "" };
const made = [];

function keep(plain, content, file = hashed(plain, content)) {
  manifest.files[plain] = { file, bytes: content.length };
  made.push([file, content]);
}

function hashed(plain, content) {
  const end = extname(plain);
  return `${basename(plain, end)}.${hash(content)}${end}`;
}

/**
 * The same beginning as two bundles: the check table's page is the heaviest that a poor line must carry, so it holds that face only.
 * esbuild puts the hash in, we only learn which is which. What is fetched on demand draws in all of main.js: so everything shared lies
 * in one piece, which is what a page begins with. Pieces are called by their whole name: there may be several of one plain name.
 */
async function scripts() {
  await bundle("main", "false", { main: MAIN, desk: "static/js/desk.js" });
  await bundle("visit", "true", { main: MAIN });
}

async function bundle(first, ONLY_THE_TABLE, entryPoints) {
  const names = { entryNames: "[name].[hash]", chunkNames: "[name].[hash]" };
  const built = await esbuild.build({ ...COMMON, ...names, entryPoints, format: "esm", splitting: true, metafile: true, plugins: [onDemand], define: { ONLY_THE_TABLE } });
  const [stub, { imports }] = Object.entries(built.metafile.outputs).find(([, { entryPoint }]) => entryPoint === MAIN);
  const core = imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
  if (core.length !== 1) throw new Error(`the first screen would need ${core.length} pieces: ${core}`);
  const begins = Object.entries(built.metafile.outputs).filter(([, { entryPoint }]) => Object.values(entryPoints).includes(entryPoint)).map(([path]) => path);
  const named = reached(built.metafile.outputs, begins);
  for (const { path, contents } of built.outputFiles) {
    const file = basename(path);
    const [name] = file.split(".");
    if (file === basename(stub)) continue; // it only names the piece with all of it
    if (!named.has(path.slice(process.cwd().length + 1))) continue; // left from a face that this page has not
    keep(file === core[0] ? `${first}.js` : name in entryPoints ? `${name}.js` : file, Buffer.from(contents), file);
  }
}

/** The files that pages may come to need which begin with these. */
function reached(outputs, paths, named = new Set()) {
  for (const path of paths.filter((path) => path in outputs && !named.has(path))) {
    named.add(path);
    reached(outputs, outputs[path].imports.map(({ path }) => path), named);
  }
  return named;
}

const onDemand = {
  name: "on demand",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, kind, resolveDir }) => (kind === "dynamic-import" ? { path: join(resolveDir, path), pluginData: "on demand" } : null));
    build.onLoad({ filter: /\/static\/js\/.*\.js$/ }, ({ path, pluginData }) =>
      pluginData ? { contents: `${readFileSync(path, "utf8")}\nimport ${JSON.stringify(join(process.cwd(), MAIN))};`, loader: "js" } : null);
  },
};

async function styles() {
  const built = await esbuild.build({ ...COMMON, entryPoints: ["static/css/app.css", "static/css/desk.css"] });
  for (const { path, contents } of built.outputFiles) keep(basename(path), Buffer.from(contents));
}

function copies() {
  keep("htmx.js", readFileSync("node_modules/htmx.org/dist/htmx.min.js"));
  for (const name of readdirSync("static/icons")) keep(name, readFileSync(join("static/icons", name)));
}

/** The worker knows what to keep; its own bytes change with any page or asset that it keeps, and only then. */
async function worker() {
  const shell = Object.entries(manifest.files).filter(([plain]) => !["icon-512.png", "htmx.js", "desk.css", "desk.js"].includes(plain));
  const pages = readdirSync("templates", { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = pages.map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name))).sort(Buffer.compare);
  manifest.release = hash(Buffer.concat([Buffer.from(JSON.stringify(shell)), ...texts]));
  const define = { RELEASE: JSON.stringify(manifest.release), SHELL: JSON.stringify(shell.map(([, { file }]) => `/static/${file}`)) };
  const built = await esbuild.build({ ...COMMON, entryPoints: ["static/js/worker.js"], format: "iife", define });
  keep("worker.js", Buffer.from(built.outputFiles[0].contents), "worker.js");
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
await scripts();
await styles();
copies();
await worker();
for (const [file, content] of made) {
  writeFileSync(join(OUT, file), content);
  if (!COMPRESSED.has(extname(file))) continue;
  writeFileSync(join(OUT, `${file}.br`), brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(join(OUT, `${file}.gz`), gzipSync(content, { level: 9 }));
}
writeFileSync(join(OUT, "manifest.json"), JSON.stringify(manifest, null, 1));
