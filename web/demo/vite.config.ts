import { defineConfig } from "vite";

export default defineConfig({
  root: "demo",
  // The page lies under a path of the server's; what belongs to it lies beside it.
  base: "./",
  publicDir: false,
  build: {
    target: "es2020",
    outDir: "../../src/playhead/static/demo",
    emptyOutDir: true,
    // The page's content security policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});
