import { describe, expect, test } from "vitest";
import {
  attribute,
  errorOf,
  hostOf,
  linesOf,
  newPassword,
  plain,
  readLength,
  sinceInWords,
  timeIn,
  timeZones,
  writeLength,
} from "../lib/fields.ts";
import { isMediaId, playerOf, serverOf, tagOf } from "../lib/snippets.ts";
import { listed, NO_PROJECT, readSort } from "../pages/medias/listing.ts";
import type { Media } from "../api/types.ts";

describe("a length", () => {
  test.each([
    ["95.5", 95.5],
    ["12:30", 750],
    ["1:02:03", 3723],
    [" 0:07.25 ", 7.25],
    ["90:00", 5400],
  ])("%s is read", (given, seconds) => expect(readLength(given)).toBe(seconds));

  test.each(["", "0", "abc", "1:60", "1:2:3:4", "-5", "1:", ":30", "1e3", "1.5:30", "Infinity"])(
    "%j is none",
    (given) => expect(readLength(given)).toBeUndefined(),
  );

  test.each([0.5, 7, 59.999, 60, 95.5, 3599.25, 3600, 3723, 360_000])(
    "of %d s is read as it was written",
    (seconds) => expect(readLength(writeLength(seconds))).toBe(seconds),
  );

  test("that rounds up to a minute says so", () => expect(writeLength(59.9999)).toBe("1:00"));
});

test("hosts are found in what was pasted", () => {
  expect(hostOf("https://WWW.example.com:8443/a?b#c")).toBe("www.example.com");
  expect(hostOf("*.example.com")).toBe("*.example.com");
  expect(hostOf("example.com/path")).toBe("example.com");
});

test("lines that say nothing are left out, and commas part as well", () => {
  expect(linesOf(" a \n\n b,c ,")).toEqual(["a", "b", "c"]);
});

test("an error names its field, and its line", () => {
  expect(errorOf("name: is empty")).toEqual({ field: "name", what: "is empty" });
  expect(errorOf("cors_origins[2]: 'x' is none")).toEqual({
    field: "cors_origins",
    line: 2,
    what: "'x' is none",
  });
  expect(errorOf("The server does not answer.")).toEqual({
    field: "",
    what: "The server does not answer.",
  });
});

test("passwords are long, can be read out, and prefer no letter", () => {
  expect(newPassword()).toMatch(/^([b-df-hj-km-np-tv-z2-9]{5}-){3}[b-df-hj-km-np-tv-z2-9]{5}$/);
  expect(newPassword()).not.toBe(newPassword());
  // The bytes that would make the first letters likelier are thrown away.
  const bytes = [255, 254, ...Array<number>(20).fill(0)];
  expect(newPassword(() => bytes.shift() ?? 0)).toBe("bbbbb-bbbbb-bbbbb-bbbbb");
});

test("the time in a zone is told, and none where there is no such zone", () => {
  expect(timeIn("Europe/Berlin", new Date("2026-11-23T16:05:00Z"))).toBe("Mon 23 Nov, 17:05");
  expect(timeIn("Europe/Nowhere")).toBeUndefined();
  expect(timeIn("")).toBeUndefined();
  expect(timeZones()).toContain("UTC");
});

test("how long ago is said in words", () => {
  expect([-3, 0.2, 1, 3.4, 61, 150].map(sinceInWords)).toEqual([
    "just now",
    "just now",
    "1 second ago",
    "3 seconds ago",
    "1 minute ago",
    "2 minutes ago",
  ]);
});

describe("what is put on pages", () => {
  const tag = {
    server: "https://stats.example.com",
    tracker: "/tracker.js",
    account: "k3y",
    cookieless: false,
    actions: false,
    identify: undefined,
  };
  const parsed = (html: string): Element => {
    const inside = document.createElement("template");
    inside.innerHTML = html;
    expect(inside.content.childElementCount).toBe(1);
    const [element] = inside.content.children;
    if (!element) throw new Error("nothing");
    return element;
  };

  test("the tag says where the tracker is and whose videos they are, and no more", () => {
    const script = parsed(tagOf(tag));
    expect(script.getAttributeNames()).toEqual(["async", "src", "data-account"]);
    expect(script.getAttribute("src")).toBe("https://stats.example.com/tracker.js");
    expect(script.getAttribute("data-account")).toBe("k3y");
  });

  test("options are attributes of the tag", () => {
    const script = parsed(tagOf({ ...tag, cookieless: true, actions: true, identify: "who" }));
    expect(script.getAttribute("data-identify")).toBe("who");
    expect(script.hasAttribute("data-cookieless")).toBe(true);
    expect(script.hasAttribute("data-actions")).toBe(true);
    expect(parsed(tagOf({ ...tag, identify: "" })).getAttribute("data-identify")).toBe("");
  });

  test.each(['"><img src=x onerror=alert(1)>', "a & b &amp; c", "'<b>", "שלום 🎬"])(
    "a title of %s stays a title",
    (title) => {
      const player = parsed(playerOf("intro", title));
      expect(player.getAttribute("data-playhead-title")).toBe(title);
      expect(player.childElementCount).toBe(0);
    },
  );

  test("an attribute has one line", () => expect(attribute("a\n b")).toBe("a b"));

  test("the server is where the browser reaches it, unless it has another name", () => {
    const here = new URL("https://stats.example.com/settings/embed");
    expect(serverOf("http://stats.example.com", here)).toBe("https://stats.example.com");
    expect(serverOf("https://video.example.com/", here)).toBe("https://video.example.com");
    expect(serverOf(undefined, here)).toBe("https://stats.example.com");
    expect(serverOf("not an address", here)).toBe("https://stats.example.com");
  });

  test("ids of medias have a letter", () => {
    expect(["intro", "a", "1a", "_-x", "A".repeat(64)].every(isMediaId)).toBe(true);
    expect(["", "123", "a b", "ä", "a".repeat(65), "a\n"].some(isMediaId)).toBe(false);
  });
});

describe("the library", () => {
  const media = (id: number, name: string, project?: string): Media => ({
    id,
    hashed_id: `m${id}`,
    name,
    type: "Video",
    description: "",
    url: "",
    created: "2026-10-01T08:00:00.000Z",
    updated: `2026-10-0${id}T08:00:00.000Z`,
    ...(project && { folder: { id: 1, name: project, hashed_id: project } }),
  });
  const all = [media(1, "Über uns", "p"), media(2, "lesson 10"), media(3, "Lesson 9", "p")];
  const ids = (
    asked: Partial<Parameters<typeof listed>[1]>,
    plays: [string, number][] = [],
  ): number[] =>
    listed(all, { text: "", project: null, sort: "name", ...asked }, new Map(plays)).map(
      ({ id }) => id,
    );

  test("is in the order of a reader, not of a computer", () => expect(ids({})).toEqual([3, 2, 1]));
  test("is searched by parts of name and id, whatever their accents", () => {
    expect(ids({ text: "uber" })).toEqual([1]);
    expect(ids({ text: "LESSON 1" })).toEqual([2]);
    expect(ids({ text: "m3" })).toEqual([3]);
    expect(ids({ text: "<img src=x>" })).toEqual([]);
  });
  test("is filtered by project, also by none", () => {
    expect(ids({ project: "p" })).toEqual([3, 1]);
    expect(ids({ project: NO_PROJECT })).toEqual([2]);
    expect(ids({ project: "gone" })).toEqual([]);
  });
  test("is sorted by change and by plays", () => {
    expect(ids({ sort: "updated" })).toEqual([3, 2, 1]);
    expect(
      ids({ sort: "plays" }, [
        ["m2", 5],
        ["m1", 7],
      ]),
    ).toEqual([1, 2, 3]);
    expect(readSort("plays")).toBe("plays");
    expect(readSort("nonsense")).toBe("name");
  });
  test("letters are alone", () => expect(plain("Ünïcode")).toBe("unicode"));
});
