// The tracker loads on other people's pages: it may not grow beyond what was promised.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 3000;
const PLACEHOLDER = "__PLAYHEAD_COLLECT__";

const built = readFileSync(new URL("../../src/playhead/static/tracker.js", import.meta.url));
const size = gzipSync(built, { level: 9 }).length;
const placeholders = built.toString().split(PLACEHOLDER).length - 1;

process.stdout.write(`tracker.js: ${built.length} bytes, ${size} gzipped (limit ${LIMIT})\n`);
if (size > LIMIT) {
  process.stderr.write(`tracker.js is ${size - LIMIT} bytes over its limit\n`);
  process.exitCode = 1;
}
if (placeholders !== 1) {
  process.stderr.write(`${PLACEHOLDER} is ${placeholders} times in tracker.js instead of once\n`);
  process.exitCode = 1;
}
