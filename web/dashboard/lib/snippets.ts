/** What is put on pages so that their videos are counted. */

import { attribute } from "./fields.ts";

/** Where browsers reach the server: as this page did, unless it says that it has another name. */
export const serverOf = (told: string | undefined, here: Location | URL): string => {
  if (!told) return here.origin;
  try {
    const address = new URL(told);
    // The server does not see that a proxy before it speaks https; the browser does.
    return address.host === here.host ? here.origin : told.replace(/\/+$/, "");
  } catch {
    return here.origin;
  }
};

export interface Tag {
  server: string;
  tracker: string;
  account: string;
  cookieless: boolean;
  actions: boolean;
  /** The parameter of links that names their reader; undefined: nobody is named. */
  identify: string | undefined;
}

export const tagOf = ({ server, tracker, account, ...rest }: Tag): string => {
  const marks = [
    `src="${attribute(server + tracker)}"`,
    `data-account="${attribute(account)}"`,
    ...(rest.cookieless ? ["data-cookieless"] : []),
    ...(rest.identify !== undefined
      ? [rest.identify ? `data-identify="${attribute(rest.identify)}"` : "data-identify"]
      : []),
    ...(rest.actions ? ["data-actions"] : []),
  ];
  return `<script async\n  ${marks.join("\n  ")}></script>`;
};

export const playerOf = (media: string, title: string): string => {
  const marks = [
    `data-playhead-media="${attribute(media)}"`,
    ...(title ? [`data-playhead-title="${attribute(title)}"`] : []),
  ];
  return `<video\n  ${marks.join("\n  ")}\n  src="your-video.mp4" controls></video>`;
};

/** Whether a text can be a media's id: 1 to 64 of A-Z a-z 0-9 _ -, at least one letter. */
export const isMediaId = (text: string): boolean =>
  /^(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{1,64}$/.test(text);
