/** From one number for each second to lines; x and y grow to the right and down, as in SVG. */

export interface Box {
  width: number;
  height: number;
  /** The value at the top edge. */
  top: number;
}

const at = (value: number): string => String(Math.round(value * 100) / 100);

const points = (values: readonly number[], { width, height, top }: Box): string[] => {
  const y = (value: number | undefined): string =>
    at(height - (top > 0 ? (value ?? 0) / top : 0) * height);
  return [
    `0 ${y(values[0])}`,
    ...values.map((value, i) => `${at(((i + 0.5) * width) / values.length)} ${y(value)}`),
    `${at(width)} ${y(values[values.length - 1])}`,
  ];
};

/** A line through the middle of every cell, level out to both edges. */
export const linePath = (values: readonly number[], box: Box): string =>
  values.length ? `M${points(values, box).join("L")}` : "";

/** What lies between two lines. */
export const bandPath = (upper: readonly number[], lower: readonly number[], box: Box): string =>
  upper.length ? `${linePath(upper, box)}L${points(lower, box).reverse().join("L")}Z` : "";

/** The same line with everything below it. */
export const areaPath = (values: readonly number[], box: Box): string => {
  const line = linePath(values, box);
  return line && `${line}V${at(box.height)}H0Z`;
};

/** A bar for every cell that has something, as one path. */
export const barsPath = (values: readonly number[], { width, height, top }: Box): string =>
  values
    .map((value, i) => {
      if (!(value > 0)) return "";
      const tall = at(Math.min(1, value / top) * height);
      const wide = at(width / values.length);
      return `M${at((i * width) / values.length)} ${at(height)}v-${tall}h${wide}v${tall}z`;
    })
    .join("");

/** The top of an axis for shares: 100 %, or as many quarters more as are needed. */
export const ceiling = (share: number): number => Math.max(1, Math.ceil(share * 4 - 1e-9) / 4);

/** The top of an axis for counts: a round number that has a half, at least `least`. */
export const roundCeiling = (value: number, least = 4): number => {
  const needed = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(needed));
  const steps = power > 1 ? [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10] : [4, 6, 8, 10];
  return (steps.find((step) => step * power >= needed) ?? 10) * power;
};

const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** The seconds to write under a time axis: regular, from 0, at most `most` after it. */
export const timeTicks = (seconds: number, most = 6): number[] => {
  const step = STEPS.find((s) => seconds / s <= most) ?? Math.ceil(seconds / most / 3600) * 3600;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step);
};
