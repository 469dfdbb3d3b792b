/** Light or dark: as the system is, unless somebody chose. */

export type Theme = "system" | "light" | "dark";
const KEY = "playhead-theme";

export const chosenTheme = (): Theme => {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system"; // storage is switched off
  }
};

export const applyTheme = (theme: Theme): void => {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  window.dispatchEvent(new Event("playhead:theme"));
};

export const chooseTheme = (theme: Theme): void => {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It holds for this page only, then.
  }
  applyTheme(theme);
};
