// What is loaded on other people's pages, and what stands before the first look at ours, may not
// grow beyond what was promised.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const TRACKERS = { "tracker.js": 3000, "tracker-more.js": 3500 };
const FIRST_PAGE_LIMIT = 150_000;
const PLACEHOLDER = "__PLAYHEAD_COLLECT__";

const built = (name) => readFileSync(new URL(`../../src/playhead/static/${name}`, import.meta.url));
const zipped = (name) => gzipSync(built(name), { level: 9 }).length;

const check = (name, size, limit) => {
  process.stdout.write(`${name}: ${size} bytes gzipped (limit ${limit})\n`);
  if (size <= limit) return;
  process.stderr.write(`${name} is ${size - limit} bytes over its limit\n`);
  process.exitCode = 1;
};

for (const [name, limit] of Object.entries(TRACKERS)) {
  check(name, zipped(name), limit);
  const placeholders = built(name).toString().split(PLACEHOLDER).length - 1;
  if (placeholders !== 1) {
    process.stderr.write(`${PLACEHOLDER} is ${placeholders} times in ${name} instead of once\n`);
    process.exitCode = 1;
  }
}

// The scripts without which the first page shows nothing: the entry and all that it imports.
const manifest = JSON.parse(built("dashboard/.vite/manifest.json").toString());
const scripts = new Set();
const follow = (key) => {
  const { file, imports = [] } = manifest[key];
  if (scripts.has(file)) return;
  scripts.add(file);
  imports.forEach(follow);
};
follow("index.html");
const total = [...scripts].reduce((sum, file) => sum + zipped(`dashboard/${file}`), 0);
check("the first page's scripts", total, FIRST_PAGE_LIMIT);
