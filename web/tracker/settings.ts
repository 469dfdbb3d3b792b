/**
 * What the page's script tag says: its `data-…` attributes as they are now. Whoever keeps this
 * sees them change.
 */
export interface Settings {
  account?: string;
  collect?: string;
  cookieless?: string;
  ignoreDnt?: string;
  actions?: string;
  /** The parameter by which links to the page say the viewer's email. */
  identify?: string;
  /** Who the viewer is, when the page knows. */
  email?: string;
  name?: string;
}

// The server writes its collect path in here when it hands out the script.
const COLLECT_PATH = "__PLAYHEAD_COLLECT__";

/** Where to report to; `src` is the script's own address. */
export const collectUrl = ({ collect = COLLECT_PATH }: Settings, src: string): URL =>
  // A script that came from a plain file server still carries the placeholder.
  new URL(/^__/.test(collect) ? "/collect" : collect, src || location.href);
