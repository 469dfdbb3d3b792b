/** What the page's script tag says. */
export interface Settings {
  account: string;
  collect: URL;
  cookieless: boolean;
  ignoreDnt: boolean;
}

// The server writes its collect path in here when it hands out the script.
const COLLECT_PATH = "__PLAYHEAD_COLLECT__";

export const readSettings = ({ dataset, src }: HTMLScriptElement): Settings | undefined => {
  const {
    account,
    collect = COLLECT_PATH,
    cookieless,
    ignoreDnt,
  } = dataset as {
    [name: string]: string | undefined;
  };
  return account
    ? {
        account,
        // A script that came from a plain file server still carries the placeholder.
        collect: new URL(/^__/.test(collect) ? "/collect" : collect, src || location.href),
        cookieless: cookieless !== undefined,
        ignoreDnt: ignoreDnt !== undefined,
      }
    : undefined;
};
