import type { Beacon } from "./beacon";
import { safely } from "./safely";
import { read, write } from "./storage";
import { uuidTime } from "./uuid";

const KEY = "playhead.pending";
const MAX_SESSIONS = 20;
// The server refuses sessions older than 35 days.
const MAX_AGE = 34 * 864e5;

const load = safely(() =>
  (JSON.parse(read(KEY)!) as Beacon[]).filter(
    ({ session }) => session > uuidTime(Date.now() - MAX_AGE),
  ),
);

/** Beacons not yet confirmed, newest first, kept in the browser for the site's next page view. */
export const loadPending = (): Beacon[] => load() || [];

/** Keeps a beacon, or drops it, in place of all that its session has kept up to it. */
export const updatePending = (beacon: Beacon, keep?: boolean): void => {
  // Other tabs of the site keep theirs under the same key, hence load, change, write each time.
  const others = loadPending().filter(
    ({ session, seq }) => session !== beacon.session || seq > beacon.seq,
  );
  write(KEY, JSON.stringify((keep ? [beacon, ...others] : others).slice(0, MAX_SESSIONS)));
};
