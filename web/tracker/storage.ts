import { safely } from "./safely";

// Browsers may forbid storage by throwing at the mere mention of it. Where it is full or
// forbidden, what was to be kept lives as long as the page.

export const read = safely((key: string) => localStorage.getItem(key));

export const write = safely((key: string, value: string) => {
  localStorage.setItem(key, value);
});
