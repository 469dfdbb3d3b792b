import type { Beacon } from "./beacon";
import { read, write } from "./storage";
import { uuidTime } from "./uuid";

const KEY = "playhead.pending";
const MAX_SESSIONS = 20;
// The server refuses sessions older than 35 days.
const MAX_AGE = 34 * 864e5;

/** Beacons not yet confirmed, newest first, kept in the browser for the site's next page view. */
export const loadPending = (): Beacon[] => {
  try {
    return (JSON.parse(read(KEY) || "[]") as Beacon[]).filter(
      ({ session }) => Date.now() - uuidTime(session) < MAX_AGE,
    );
  } catch {
    return [];
  }
};

// Other tabs of the site keep theirs under the same key, hence load, change, write each time.
const save = (pending: Beacon[]): void =>
  write(KEY, JSON.stringify(pending.slice(0, MAX_SESSIONS)));

export const keepPending = (beacon: Beacon): void =>
  save([beacon, ...loadPending().filter(({ session }) => session !== beacon.session)]);

export const dropPending = (beacon: Beacon): void =>
  save(loadPending().filter(({ session, seq }) => session !== beacon.session || seq > beacon.seq));
