import { defineConfig } from "vitest/config";
import { constants } from "./tracker/constants.ts";

export default defineConfig({
  define: constants,
  test: {
    include: ["*/tests/**/*.test.ts"],
    environment: "happy-dom",
    restoreMocks: true,
  },
});
