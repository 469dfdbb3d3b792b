/** Numbers under axes: short ones. */

const format = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const compact = (value: number): string => format.format(value);
