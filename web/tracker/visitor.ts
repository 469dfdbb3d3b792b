import { read, write } from "./storage";
import { uuid7 } from "./uuid";

const KEY = "playhead.visitor";

/** The key by which this browser is known; where nothing can be stored, one for this page view. */
export const visitorKey = (): string => {
  const key = read(KEY) || uuid7();
  write(KEY, key);
  return key;
};
