import { defineConfig } from "vitest/config";
import { constants } from "./tracker/constants.ts";

export default defineConfig({
  define: constants,
  test: {
    include: ["*/tests/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    environmentOptions: {
      // A test may look at which script is asked for; none is ever fetched.
      happyDOM: { settings: { handleDisabledFileLoadingAsSuccess: true } },
    },
    restoreMocks: true,
  },
});
