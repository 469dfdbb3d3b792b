/** The tracker's version, written in by the build. */
declare const __PLAYHEAD_VERSION__: string;

interface Document {
  /** True while a browser renders the page before anybody has asked for it. */
  readonly prerendering?: boolean;
}
