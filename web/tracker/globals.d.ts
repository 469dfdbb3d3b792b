/** The tracker's version, written in by the build. */
declare const __PLAYHEAD_VERSION__: string;

/** Whether this is the build with what few tags ask for: identity and actions. */
declare const __PLAYHEAD_MORE__: boolean;

interface Document {
  /** True while a browser renders the page before anybody has asked for it. */
  readonly prerendering?: boolean;
}
