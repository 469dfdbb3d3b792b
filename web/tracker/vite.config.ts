import { defineConfig } from "vite";
import { constants } from "./constants.ts";

// Each thing that browsers get has a config of its own; all of them write into the same folder.
// The tracker is built twice: as small as it can be, and with what few tags ask for (`more`).
export default defineConfig(({ mode }) => ({
  define: { ...constants, __PLAYHEAD_MORE__: String(mode === "more") },
  publicDir: false,
  build: {
    target: "es2020",
    outDir: "../src/playhead/static",
    emptyOutDir: false,
    minify: "terser",
    terserOptions: {
      ecma: 2020,
      compress: { passes: 4, unsafe: true, unsafe_arrows: true, unsafe_methods: true },
      format: { comments: false },
    },
    rolldownOptions: {
      input: "tracker/main.ts",
      output: {
        format: "iife",
        entryFileNames: mode === "more" ? "tracker-more.js" : "tracker.js",
        minify: true,
      },
    },
  },
}));
