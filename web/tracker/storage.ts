// Browsers may forbid storage by throwing at the mere mention of it.

export const read = (key: string): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

export const write = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: what was to be kept lives as long as the page.
  }
};
