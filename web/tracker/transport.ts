/** HTTP status (0 when nobody answered) and the seconds that the server asks to be left alone. */
export type Answer = [status: number, retryAfter: number];

// Requests that outlive the page share 64 KiB; a large one waits for its answer like any other.
const KEEPALIVE_LIMIT = 30_000;

/**
 * Posts a beacon as text/plain, which needs no pre-flight. `urgent`: the page may be gone at once.
 * Does not reject. Where requests cannot outlive their page (Firefox before 133), what is lost with
 * the page waits in the browser for the next one.
 */
export const post = async (url: URL, body: string, urgent: boolean): Promise<Answer> => {
  try {
    const { status, headers } = await fetch(url, {
      method: "POST",
      body,
      keepalive: urgent || body.length < KEEPALIVE_LIMIT,
      credentials: "omit",
    });
    return [status, +headers.get("Retry-After")! || 0];
  } catch {
    return [0, 0];
  }
};
