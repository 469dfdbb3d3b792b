// The tracker loads on other people's pages: it may not grow beyond what was promised.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMITS = { "tracker.js": 3000, "tracker-more.js": 3500 };
const PLACEHOLDER = "__PLAYHEAD_COLLECT__";

for (const [name, limit] of Object.entries(LIMITS)) {
  const built = readFileSync(new URL(`../../src/playhead/static/${name}`, import.meta.url));
  const size = gzipSync(built, { level: 9 }).length;
  const placeholders = built.toString().split(PLACEHOLDER).length - 1;

  process.stdout.write(`${name}: ${built.length} bytes, ${size} gzipped (limit ${limit})\n`);
  if (size > limit) {
    process.stderr.write(`${name} is ${size - limit} bytes over its limit\n`);
    process.exitCode = 1;
  }
  if (placeholders !== 1) {
    process.stderr.write(`${PLACEHOLDER} is ${placeholders} times in ${name} instead of once\n`);
    process.exitCode = 1;
  }
}
