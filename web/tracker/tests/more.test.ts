import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { heard, type Sent, TestPage } from "./page";
import { Simulation } from "./simulation";

const HOME = "https://school.example/lesson";

let page: TestPage;
let player: Simulation;
let errors: unknown[];

const last = (): Sent => page.sent[page.sent.length - 1] as Sent;
const noteError = (event: unknown): void => void errors.push(event);

const visit = async (
  address: string,
  attributes: Record<string, string>,
): Promise<HTMLScriptElement> => {
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(address);
  const tag = await page.runScript(attributes);
  await heard();
  return tag;
};

const tell = (detail: unknown): void => {
  player.video.dispatchEvent(new CustomEvent("playhead:action", { detail, bubbles: true }));
};

beforeEach(() => {
  page = new TestPage(true);
  player = new Simulation();
  player.video.setAttribute("data-playhead-media", "clip");
  document.body.append(player.video);
  errors = [];
  window.addEventListener("error", noteError);
});

afterEach(() => {
  window.removeEventListener("error", noteError);
  page.close();
  expect(errors).toEqual([]);
});

describe("the tag", () => {
  it("is the one that the smaller script was in, wherever it is now", async () => {
    const tag = document.createElement("script");
    tag.dataset.account = "another";
    tag.src = "https://stats.example/p.js";
    Object.assign(window, { __playhead: "0.0.0" });
    vi.spyOn(document, "currentScript", "get").mockReturnValue(
      Object.assign(document.createElement("script"), { tag }),
    );
    await visit(HOME, {});
    expect(last().account).toBe("another");
    expect(page.collect).toEqual(["https://stats.example/collect"]);
  });

  it("may name this script itself, for one run", async () => {
    await visit(HOME, {});
    await visit(HOME, {});
    expect(page.sent.length).toBe(1);
  });
});

describe("a link's email", () => {
  it("goes along with every session of the page view, and not into its address", async () => {
    await visit(`${HOME}?a=1&wemail=ada%40example.com&b=%20#part`, { "data-identify": "wemail" });
    expect(last().identity).toEqual({ email: "ada@example.com" });
    expect(last().page.url).toBe(`${HOME}?a=1&b=+#part`);
    history.replaceState(null, "", HOME);
    player.video.setAttribute("data-playhead-media", "next");
    await heard();
    expect(last()).toMatchObject({ media: "next", identity: { email: "ada@example.com" } });
    expect(JSON.stringify(last().page)).not.toContain("ada");
  });

  it("is taken out of the referrer, too", async () => {
    vi.spyOn(document, "referrer", "get").mockReturnValue(`${HOME}?wemail=ada@example.com&a=1`);
    await visit(`${HOME}/next`, { "data-identify": "wemail" });
    expect(last().page.referrer).toBe(`${HOME}?a=1`);
    expect(last()).not.toHaveProperty("identity");
  });

  it("keeps a plus that the link should have written otherwise", async () => {
    await visit(`${HOME}?e=ada+news@example.com`, { "data-identify": "e" });
    expect(last().identity).toEqual({ email: "ada+news@example.com" });
  });

  it("is not read where the tag does not name the parameter", async () => {
    const address = `${HOME}?wemail=ada@example.com`;
    await visit(address, { "data-identify": "", "data-actions": "" });
    expect(last()).not.toHaveProperty("identity");
    expect(last().page.url).toBe(address);
  });

  it("leaves addresses without it as they are, to the letter", async () => {
    vi.spyOn(document, "referrer", "get").mockReturnValue("");
    await visit(`${HOME}?q=a%20b&x`, { "data-identify": "wemail" });
    expect(last().page).not.toHaveProperty("referrer");
    expect(last().page.url).toBe(`${HOME}?q=a%20b&x`);
  });

  it("names nobody in cookieless mode, and is not sent in any address either", async () => {
    await visit(`${HOME}?wemail=ada@example.com`, {
      "data-identify": "wemail",
      "data-cookieless": "",
    });
    expect(page.sent.length).toBeGreaterThan(0);
    expect(JSON.stringify(page.sent)).not.toContain("ada");
  });

  it.each(["%E0%A4%A", "[", "(", "wemail=", "__proto__", "\\"])(
    "may be in a parameter of any name: %s",
    async (name) => {
      await visit(`${HOME}?${encodeURIComponent(name)}=ada@example.com`, { "data-identify": name });
      expect(last().identity).toEqual({ email: "ada@example.com" });
      expect(last().page.url).toBe(HOME);
    },
  );
});

describe("a page that knows its viewer", () => {
  it("says so on the tag, before the tracker runs", async () => {
    await visit(`${HOME}?wemail=other@example.com`, {
      "data-identify": "wemail",
      "data-email": "ada@example.com",
      "data-name": "Ada Lovelace",
    });
    expect(page.sent.map(({ identity }) => identity)).toEqual([
      { email: "ada@example.com", name: "Ada Lovelace" },
    ]);
  });

  it("may say so later, also in cookieless mode, and is heard at once", async () => {
    const tag = await visit(HOME, { "data-identify": "", "data-cookieless": "" });
    expect(last()).not.toHaveProperty("identity");
    tag.dataset.name = "Ada";
    await heard();
    expect(page.sent.map(({ identity }) => identity)).toEqual([undefined, { name: "Ada" }]);
    delete tag.dataset.name;
    await heard();
    expect(last()).not.toHaveProperty("identity");
  });

  it("is not heard unless the tag allows it", async () => {
    await visit(HOME, { "data-actions": "", "data-email": "ada@example.com" });
    expect(last()).not.toHaveProperty("identity");
  });
});

describe("actions", () => {
  beforeEach(() => visit(HOME, { "data-actions": "" }));

  it("are counted by type and id, in the order in which they first came", async () => {
    tell({ type: "cta", id: "7" });
    tell({ type: "form", id: "gate" });
    tell({ type: "form", id: "gate", used: true, data: { email: "a@example.com" } });
    tell({ type: "cta", id: 7, used: false });
    tell({ type: "form", id: "gate", used: true, data: { email: "b@example.com" } });
    tell({ type: "form", id: "gate", used: true });
    tell({ type: "annotation" });
    await heard();
    expect(last().actions).toEqual([
      { type: "cta", id: "7", shown: 2, converted: 0 },
      { type: "form", id: "gate", shown: 1, converted: 3, data: { email: "b@example.com" } },
      { type: "annotation", id: "", shown: 1, converted: 0 },
    ]);
  });

  it("go out at once, and begin anew with another session", async () => {
    expect(page.sent.length).toBe(1);
    tell({ type: "form", id: "gate", used: true });
    expect(page.sent.length).toBe(2);
    await heard();
    player.video.setAttribute("data-playhead-media", "next");
    await heard();
    expect(last()).toMatchObject({ media: "next", actions: [] });
    tell({ type: "cta", id: "1" });
    expect(last()).toMatchObject({ media: "next", actions: [{ type: "cta", shown: 1 }] });
  });

  it("do not end a stall of the player, as its own events do", async () => {
    player.load(40);
    player.play();
    player.run(2000);
    player.stall(true);
    player.run(500);
    tell({ type: "cta", id: "1" });
    player.run(500);
    player.stall(false);
    player.run(1000);
    player.pause();
    player.run(50);
    await heard();
    expect(last().quality.stalled_ms).toBeGreaterThan(900);
  });

  const cyclic: Record<string, unknown> = { name: "round" };
  cyclic.self = cyclic;

  it.each<[string, unknown]>([
    ["goes round in circles", cyclic],
    ["is larger than all that fits", { text: "x".repeat(100_000) }],
    ["cannot be written", { value: 1n }],
    ["throws", { toJSON: () => expect.fail("no data") }],
  ])("count a use whose data %s, without the data", async (_, data) => {
    tell({ type: "form", id: "gate", used: true, data });
    await heard();
    expect(last().actions).toEqual([{ type: "form", id: "gate", shown: 0, converted: 1 }]);
  });

  it.each<[unknown, object]>([
    ["text", { 0: "t", 1: "e", 2: "x", 3: "t" }],
    [["a", "b"], { 0: "a", 1: "b" }],
    [5, {}],
    [new Date(Number.NaN), { missing: true }],
  ])("carry data that is no object as one that the server takes: %s", async (data, wanted) => {
    tell({ type: "form", used: true, data });
    await heard();
    const [action] = last().actions ?? [];
    expect(action?.converted).toBe(1);
    expect(action?.data ?? { missing: true }).toEqual(wanted);
  });

  it("keep what was said when the page changes its own copy later", async () => {
    const data = { email: "a@example.com" };
    tell({ type: "form", used: true, data });
    data.email = "changed";
    player.load(10);
    player.run(50);
    await heard();
    expect(last().actions?.[0]?.data).toEqual({ email: "a@example.com" });
  });

  const refuse = (): never => {
    throw new Error("refused");
  };
  const hostile = new Proxy({}, { get: refuse, ownKeys: refuse, has: refuse });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "form"],
    ["a number", 5],
    ["no type", { id: "gate", used: true }],
    ["an empty type", { type: "" }],
    ["a type that cannot be a text", { type: { toString: 1, valueOf: 1 } }],
    ["a symbol", { type: Symbol("form") }],
    ["a function", () => "form"],
    ["a throwing getter", Object.defineProperty({}, "type", { get: refuse, enumerable: true })],
    ["a throwing everything", hostile],
    ["an endless type", { type: "x".repeat(1e6) }],
    ["an endless id", { type: "form", id: "x".repeat(1e6) }],
  ])("tell nothing, and break nothing, by %s", async (_, detail) => {
    tell({ type: "cta", id: "1" });
    expect(() => tell(detail)).not.toThrow();
    tell({ type: "cta", id: "1", used: true });
    await heard();
    expect(last().actions).toEqual([{ type: "cta", id: "1", shown: 1, converted: 1 }]);
  });

  it("stay so few that the server takes the beacon", async () => {
    for (let i = 0; i < 2000; i++)
      tell({ type: `type ${i}`, id: "__proto__", used: true, data: { text: "€".repeat(500) } });
    await heard();
    const bytes = new TextEncoder().encode(JSON.stringify(last().actions)).length;
    expect(bytes).toBeGreaterThan(3000);
    expect(bytes).toBeLessThan(15_000);
  });
});
