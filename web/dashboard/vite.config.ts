import { defineConfig } from "vite";

export default defineConfig({
  root: "dashboard",
  base: "/",
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "../../src/playhead/static/dashboard",
    emptyOutDir: true,
    manifest: true,
    // The pages' content security policy knows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
