import { vi } from "vitest";
import type { Beacon } from "../beacon";

export type Sent = Beacon & { sent_at: number };

/** A page with the tracker's tag, and a server that takes whatever is sent. */
export class TestPage {
  sent: Sent[] = [];
  collect: string[] = [];
  readonly #observers: MutationObserver[] = [];

  constructor(more: boolean) {
    vi.useFakeTimers();
    vi.setSystemTime(1_750_000_000_000);
    localStorage.clear();
    vi.stubGlobal("__PLAYHEAD_MORE__", more);
    const observers = this.#observers;
    const RealObserver = MutationObserver;
    vi.stubGlobal(
      "MutationObserver",
      class extends RealObserver {
        constructor(callback: MutationCallback) {
          super(callback);
          observers.push(this);
        }
      },
    );
    vi.stubGlobal(
      "fetch",
      vi.fn(async (url: URL, { body }: RequestInit) => {
        this.collect.push(String(url));
        this.sent.push(JSON.parse(body as string));
        return new Response(null, { status: 204 });
      }),
    );
  }

  async runScript(attributes: Record<string, string> = {}): Promise<HTMLScriptElement> {
    const script = document.createElement("script");
    script.setAttribute("type", "text/plain");
    script.setAttribute("src", "https://stats.example/some/tracker.js");
    script.setAttribute("data-account", "acc");
    for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
    document.head.append(script);
    vi.resetModules();
    await import("../main");
    return script;
  }

  close(): void {
    for (const observer of this.#observers.splice(0)) observer.disconnect();
    document.head.replaceChildren();
    document.body.replaceChildren();
    delete (window as { __playhead?: string }).__playhead;
    vi.unstubAllGlobals();
    vi.useRealTimers();
  }
}

/** Observers of the page hear of changes after the task. */
export const heard = (): Promise<void> => vi.advanceTimersByTimeAsync(20).then(() => undefined);
