import pkg from "../package.json" with { type: "json" };

/** What the build writes into the code in place of names. */
export const constants = { __PLAYHEAD_VERSION__: JSON.stringify(pkg.version) };
