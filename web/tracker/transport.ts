/** HTTP status (0 when nobody answered) and the seconds that the server asks to be left alone. */
export type Answer = [status: number, retryAfter: number];

/** In place of a status: the browser has taken the request, and will not tell what became of it. */
export const HANDED_OVER = -1;

// Requests that outlive the page share 64 KiB; a large one waits for its answer like any other.
const KEEPALIVE_LIMIT = 30_000;

/**
 * Posts a beacon as text/plain, which needs no pre-flight. `urgent`: the page may be gone at once.
 * Does not reject.
 */
export const post = async (url: URL, body: string, urgent: boolean): Promise<Answer> => {
  try {
    // Without keepalive a request dies with its page; these browsers have sendBeacon for that.
    if (!self.fetch || (urgent && !("keepalive" in Request.prototype)))
      return [navigator.sendBeacon(url, body) ? HANDED_OVER : 0, 0];
    const { status, headers } = await fetch(url, {
      method: "POST",
      body,
      keepalive: urgent || body.length < KEEPALIVE_LIMIT,
      credentials: "omit",
    });
    return [status, Number(headers.get("Retry-After")) || 0];
  } catch {
    return [0, 0];
  }
};
