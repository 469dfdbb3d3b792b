import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { heard, type Sent, TestPage } from "./page";
import { Simulation } from "./simulation";

let page: TestPage;
let sent: Sent[];
let collect: string[];

const runScript = (attributes: Record<string, string> = {}): Promise<HTMLScriptElement> =>
  page.runScript(attributes);

const mark = (player: Simulation, media = "clip"): HTMLVideoElement => {
  player.video.setAttribute("data-playhead-media", media);
  return player.video;
};

const hide = (hidden: boolean): void => {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => {
  page = new TestPage(false);
  ({ sent, collect } = page);
});

afterEach(() => {
  page.close();
});

describe("the tag", () => {
  it("says the account, and its address where to report", async () => {
    document.body.append(mark(new Simulation()));
    await runScript();
    expect(collect).toEqual(["https://stats.example/collect"]);
    expect(sent[0]).toMatchObject({
      account: "acc",
      media: "clip",
      seq: 0,
      played: false,
      watched: [],
      player: { name: "html5", version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
    });
    expect(sent[0]?.visitor).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
  });

  it("may name another path", async () => {
    document.body.append(mark(new Simulation()));
    await runScript({ "data-collect": "/elsewhere" });
    expect(collect).toEqual(["https://stats.example/elsewhere"]);
  });

  it("may stand there twice, for one run", async () => {
    document.body.append(mark(new Simulation()));
    await runScript();
    await runScript();
    expect(sent.length).toBe(1);
  });

  it("does nothing without an account", async () => {
    document.body.append(mark(new Simulation()));
    await runScript({ "data-account": "" });
    expect(sent.length).toBe(0);
  });

  it.each(["data-identify", "data-actions"])("that has %s gets more of a script", async (name) => {
    document.body.append(mark(new Simulation()));
    const tag = await runScript({ [name]: "" });
    const added = [...document.querySelectorAll("script")].filter((script) => script !== tag);
    expect(added.map(({ src }) => src)).toEqual(["https://stats.example/some/tracker.js/more"]);
    expect(sent).toEqual([]);
    expect(localStorage.length).toBe(0);
  });

  it("gets more of the script with the query that its own address has", async () => {
    const tag = await runScript({ "data-actions": "", src: "https://stats.example/p?v=1?2" });
    expect(tag.previousElementSibling ?? tag.nextElementSibling).toMatchObject({
      src: "https://stats.example/p/more?v=1?2",
    });
  });

  it("waits until a page that was made ready in advance is shown", async () => {
    Object.defineProperty(document, "prerendering", { value: true, configurable: true });
    document.body.append(mark(new Simulation()));
    await runScript();
    expect(sent.length).toBe(0);
    Object.defineProperty(document, "prerendering", { value: false, configurable: true });
    document.dispatchEvent(new Event("prerenderingchange"));
    expect(sent.length).toBe(1);
  });
});

describe("players", () => {
  it("are followed when they come later, deep inside something, or are marked later", async () => {
    await runScript();
    const box = document.createElement("div");
    box.innerHTML = "text <section><audio data-playhead-media='deep'></audio></section>";
    document.body.append(box);
    const later = document.createElement("video");
    document.body.append(later, mark(new Simulation(), "direct"));
    await heard();
    later.setAttribute("data-playhead-media", "later");
    await heard();
    expect(sent.map(({ media }) => media)).toEqual(["deep", "direct", "later"]);
    expect(new Set(sent.map(({ session }) => session)).size).toBe(3);
  });

  it("are left alone without the mark", async () => {
    document.body.innerHTML = "<video></video><p data-playhead-media='no-player'></p>";
    await runScript();
    await heard();
    expect(sent.length).toBe(0);
  });

  it("begin a new session with another media, after a last word on the old one", async () => {
    const player = new Simulation();
    document.body.append(mark(player, "first"));
    await runScript();
    player.load(20);
    player.play();
    player.run(2000);
    mark(player, "second");
    await heard();
    const end = sent.filter(({ media }) => media === "first").pop();
    const begin = sent.find(({ media }) => media === "second");
    expect(end?.watched[0]?.[1]).toBeGreaterThan(1.9);
    expect(begin).toMatchObject({ media: "second", seq: 0, watched: [] });
    const count = sent.length;
    player.video.removeAttribute("data-playhead-media");
    player.run(20_000);
    await heard();
    expect(sent.slice(count).every(({ media }) => media === "second")).toBe(true);
    const ended = sent.length;
    player.run(20_000);
    expect(sent.length).toBe(ended);
  });

  it("report when they are taken out, and go on with the same session when put back", async () => {
    const player = new Simulation();
    document.body.append(mark(player));
    await runScript();
    player.load(20);
    player.play();
    player.run(2000);
    player.video.remove();
    await heard();
    const count = sent.length;
    expect(sent[count - 1]?.watched[0]?.[1]).toBeGreaterThan(1.9);
    document.body.append(player.video);
    await heard();
    player.run(1000);
    player.pause();
    player.run(20);
    await heard();
    expect(sent.length).toBeGreaterThan(count);
    expect(new Set(sent.map(({ session }) => session)).size).toBe(1);
  });

  it("report when the page is hidden or left", async () => {
    const player = new Simulation();
    document.body.append(mark(player));
    await runScript();
    player.load(20);
    player.play();
    player.run(2000);
    await heard();
    let count = sent.length;
    hide(true);
    expect(sent.length).toBe(count + 1);
    player.run(2000);
    await heard();
    count = sent.length;
    hide(false);
    expect(sent.length).toBe(count);
    window.dispatchEvent(new Event("pagehide"));
    expect(sent.length).toBe(count + 1);
    expect(sent[count]?.watched[0]?.[1]).toBeGreaterThan(3.9);
    await heard();
    hide(true);
    player.pause();
    player.run(100);
    await heard();
  });
});

describe("a viewer's wish", () => {
  const wishes: [string, object, string, unknown][] = [
    ["Do Not Track", navigator, "doNotTrack", "1"],
    ["Do Not Track on the window", window, "doNotTrack", "1"],
    ["Global Privacy Control", navigator, "globalPrivacyControl", true],
  ];

  it.each(wishes)("%s is respected: nothing is sent or stored", async (_, where, name, value) => {
    Object.defineProperty(where, name, { value, configurable: true });
    document.body.append(mark(new Simulation()));
    await runScript();
    document.body.append(mark(new Simulation()));
    await heard();
    Reflect.deleteProperty(where, name);
    expect(sent.length).toBe(0);
    expect(localStorage.length).toBe(0);
  });

  it.each(wishes)("%s is respected by tags that ask for more", async (_, where, name, value) => {
    Object.defineProperty(where, name, { value, configurable: true });
    document.body.append(mark(new Simulation()));
    await runScript({ "data-identify": "wemail", "data-actions": "" });
    await heard();
    Reflect.deleteProperty(where, name);
    expect(document.querySelectorAll("script").length).toBe(1);
    expect(sent.length).toBe(0);
  });

  it.each(wishes)("%s can be overruled by the operator alone", async (_, where, name, value) => {
    Object.defineProperty(where, name, { value, configurable: true });
    document.body.append(mark(new Simulation()));
    await runScript({ "data-ignore-dnt": "" });
    Reflect.deleteProperty(where, name);
    expect(sent.length).toBe(1);
  });

  it("not expressed is no wish", async () => {
    Object.defineProperty(navigator, "doNotTrack", { value: "0", configurable: true });
    document.body.append(mark(new Simulation()));
    await runScript();
    Reflect.deleteProperty(navigator, "doNotTrack");
    expect(sent.length).toBe(1);
  });
});

describe("storage", () => {
  it("remembers the visitor from page to page", async () => {
    document.body.append(mark(new Simulation()));
    await runScript();
    delete (window as { __playhead?: string }).__playhead;
    await runScript();
    expect(sent.length).toBe(2);
    expect(sent[1]?.visitor).toBe(sent[0]?.visitor);
  });

  it("is not touched at all in cookieless mode", async () => {
    const calls = [
      vi.spyOn(Storage.prototype, "getItem"),
      vi.spyOn(Storage.prototype, "setItem"),
      vi.spyOn(document, "cookie", "set"),
    ];
    const player = new Simulation();
    document.body.append(mark(player));
    vi.mocked(fetch).mockRejectedValueOnce(new TypeError("no network"));
    await runScript({ "data-cookieless": "" });
    player.load(20);
    player.play();
    player.run(15_000);
    await heard();
    window.dispatchEvent(new Event("pagehide"));
    expect(sent.length).toBeGreaterThan(1);
    for (const beacon of sent) expect(beacon).not.toHaveProperty("visitor");
    for (const call of calls) expect(call).not.toHaveBeenCalled();
    expect(localStorage.length + sessionStorage.length).toBe(0);
  });

  it("may be forbidden: the visitor is one for the page", async () => {
    vi.stubGlobal(
      "localStorage",
      new Proxy(
        {},
        {
          get() {
            throw new DOMException("forbidden", "SecurityError");
          },
        },
      ),
    );
    document.body.append(mark(new Simulation(), "a"), mark(new Simulation(), "b"));
    await runScript();
    expect(sent.length).toBe(2);
    expect(sent[0]?.visitor).toBeTruthy();
    expect(sent[0]?.visitor).toBe(sent[1]?.visitor);
  });
});

describe("the page", () => {
  it("sees no exception and no rejection, whatever is broken around the tracker", async () => {
    const seen: unknown[] = [];
    const note = (event: unknown): void => void seen.push(event);
    window.addEventListener("error", note);
    process.on("unhandledRejection", note);
    const refuse = (): never => {
      throw new Error("refused");
    };
    vi.stubGlobal("fetch", refuse);
    vi.stubGlobal("crypto", { getRandomValues: refuse });
    vi.stubGlobal("localStorage", undefined);
    const player = new Simulation();
    document.body.append(mark(player));
    await runScript();
    player.load(20);
    player.play();
    player.run(12_000);
    Object.defineProperty(player.video, "currentTime", { get: refuse });
    player.run(12_000);
    hide(true);
    window.dispatchEvent(new Event("pagehide"));
    window.dispatchEvent(new Event("online"));
    await heard();
    window.removeEventListener("error", note);
    process.off("unhandledRejection", note);
    expect(seen).toEqual([]);
  });

  it("gets sessions even where there are no random numbers to be had", async () => {
    vi.stubGlobal("crypto", undefined);
    document.body.append(mark(new Simulation(), "a"), mark(new Simulation(), "b"));
    await runScript();
    expect(sent[0]?.session).toMatch(/^[0-9a-f-]{36}$/);
    expect(sent[0]?.session).not.toBe(sent[1]?.session);
  });
});
