/** Handing a file to the browser. */

/** A file's name of what it shows: letters, digits and hyphens. */
export const fileName = (...parts: string[]): string =>
  parts
    .join(" ")
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 120)
    .toLowerCase() || "playhead";

export const download = (content: Blob, name: string): void => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken it by the time that anything else runs.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};

/** A part of the page as it is seen, in twice its size. */
export const pictureOf = async (part: HTMLElement): Promise<Blob> => {
  const { domToBlob } = await import("modern-screenshot");
  const blob = await domToBlob(part, {
    scale: 2,
    // The pages' letters are the system's, which a picture has anyway.
    font: false,
    backgroundColor: getComputedStyle(part).backgroundColor,
    // Buttons belong to the page, not to the picture.
    filter: (node) => !(node instanceof HTMLElement && node.dataset.picture === "without"),
  });
  if (!blob) throw new Error("The browser could not make the picture.");
  return blob;
};
