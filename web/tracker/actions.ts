import type { Action } from "./beacon";
import { safely } from "./safely";

/** The event by which a page tells of actions; its detail is `{type, id, used, data}`. */
export const ACTION = "playhead:action";

/** The actions of a session, in the order in which they were first told of. */
export interface Actions {
  [key: string]: Action;
}

// With the longest watch map and the longest texts still a beacon that a server takes.
const MOST_CHARACTERS = 5000;

const counted = safely((known: Actions, detail: unknown): Actions | undefined => {
  // A copy, as it will be sent: the page's own may change, or throw when it is looked at.
  const { type, id = "", used, data } = JSON.parse(JSON.stringify(detail));
  const key = `${type}\n${id}`;
  const action: Action = { shown: 0, converted: 0, ...known[key], type: `${type}`, id: `${id}` };
  action[used ? "converted" : "shown"]++;
  if (used && data) action.data = { ...data };
  const all = { ...known, [key]: action };
  return type && JSON.stringify(all).length < MOST_CHARACTERS ? all : undefined;
});

/** The actions with what the event's detail tells; what makes no sense is not counted. */
export const count = (known: Actions, detail: unknown): Actions =>
  // What cannot be sent along does not make the use itself unsaid.
  counted(known, detail) || counted(known, { ...(detail as object), data: 0 }) || known;
