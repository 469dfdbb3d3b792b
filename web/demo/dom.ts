/** The element of that id, which the page is known to have. */
export const part = <E extends Element = HTMLElement>(id: string): E => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as Element as E;
};

/** A new element with text in it; text from outside is never markup. */
export const make = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

const SVG = "http://www.w3.org/2000/svg";

export const makeSvg = (tag: string, attributes: Record<string, string>): SVGElement => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

/** Writes a text where it is not there yet. */
export const write = (element: Element, text: string): boolean => {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
};
