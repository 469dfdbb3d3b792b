import { type FromTag, isAsking, loadMore } from "./more";
import { declined } from "./privacy";
import { listen, safely } from "./safely";
import { track } from "./tracker";

// Only now, while the script runs for the first time, does the browser say which tag it is from.
const own = document.currentScript as FromTag | null;

safely(() => {
  const script =
    (__PLAYHEAD_MORE__ && own?.tag) ||
    [own, document.querySelector<HTMLScriptElement>("script[data-account]")].find(
      (tag) => tag?.dataset.account,
    );
  const page = window as { __playhead?: string };
  if (!script || (page.__playhead && !(__PLAYHEAD_MORE__ && own?.tag))) return;
  page.__playhead = __PLAYHEAD_VERSION__;
  const start = (): void => {
    const { dataset } = script;
    if (declined() && dataset.ignoreDnt === undefined) return;
    if (!__PLAYHEAD_MORE__ && isAsking(dataset)) loadMore(script);
    else track(dataset, script);
  };
  // A page made ready in advance may never be seen; it loads when it is shown.
  if (document.prerendering) listen(document, "prerenderingchange", start);
  else start();
})();
