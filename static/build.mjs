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

/** Scripts in pieces that name each other: esbuild puts the hash in, we only learn which is which. */
async function scripts() {
  const names = { entryNames: "[name].[hash]", chunkNames: "[name].[hash]" };
  const built = await esbuild.build({ ...COMMON, ...names, entryPoints: ["static/js/main.js"], format: "esm", splitting: true, metafile: true });
  for (const { path, contents } of built.outputFiles) {
    const [name] = basename(path).split(".");
    keep(`${name}.js`, Buffer.from(contents), basename(path));
  }
}

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
  const shell = Object.entries(manifest.files).filter(([plain]) => !plain.startsWith("icon-") && plain !== "htmx.js" && plain !== "desk.css");
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
