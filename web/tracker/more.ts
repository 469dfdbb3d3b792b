import type { Settings } from "./settings";

/** A script, and the page's own tag that it was loaded for. */
export interface FromTag extends HTMLScriptElement {
  tag?: HTMLScriptElement;
}

/** Whether the tag asks for what is only in the other build. */
export const isAsking = ({ identify, actions }: Settings): boolean =>
  (identify ?? actions) !== undefined;

/** Lets the other build do the work, which the server has below the path of this one. */
export const loadMore = (tag: HTMLScriptElement): void => {
  const { src, nonce } = tag;
  const script: FromTag = document.createElement("script");
  document.head.append(Object.assign(script, { src: src.replace(/\?|$/, "/more$&"), nonce, tag }));
};
