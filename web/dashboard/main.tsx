import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/media.css";
import "./style/people.css";
import "./style/pages.css";
import "./style/manage.css";
import { QueryClient, QueryClientProvider } from "@tanstack/preact-query";
import { render } from "preact";
import { ApiError } from "./api/client.ts";
import { App } from "./app.tsx";
import { applyTheme, chosenTheme } from "./lib/theme.ts";

applyTheme(chosenTheme());

const WORTH_ASKING_AGAIN = (status: number): boolean => status === 0 || status >= 500;

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && WORTH_ASKING_AGAIN(error.status),
    },
  },
});

// Signed out elsewhere, or for too long: the next answer says so, and the page asks who is there.
cache.getQueryCache().subscribe(({ type, query }) => {
  const { error } = query.state;
  if (type === "updated" && error instanceof ApiError && error.status === 401)
    void cache.resetQueries({ queryKey: ["session"] });
});

const root = document.getElementById("app");
if (root)
  render(
    <QueryClientProvider client={cache}>
      <App />
    </QueryClientProvider>,
    root,
  );
