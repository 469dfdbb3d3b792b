import { listen, safely } from "./safely";
import { readSettings } from "./settings";
import { track } from "./tracker";

// Only now, while the script runs for the first time, does the browser say which tag it is from.
const own = document.currentScript as HTMLScriptElement | null;

safely(() => {
  const script = own?.dataset.account
    ? own
    : document.querySelector<HTMLScriptElement>("script[data-account]");
  const settings = script && readSettings(script);
  const page = window as { __playhead?: string };
  if (!settings || page.__playhead) return;
  page.__playhead = __PLAYHEAD_VERSION__;
  // A page made ready in advance may never be seen; it loads when it is shown.
  if (document.prerendering)
    listen(document, "prerenderingchange", () => {
      track(settings);
    });
  else track(settings);
})();
