/** Asking the server, which is always the one that the page came from. */

/** An answer other than a success; `message` is the server's and may be shown. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter: number | undefined = undefined,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** A parameter that is undefined is left out; an empty text is sent, it asks for what is unknown. */
export type Params = Record<string, string | number | boolean | undefined>;

export const addressOf = (path: string, params: Params = {}): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
};

let csrf = "";

/** What every request that changes something has to carry; GET /session tells it. */
export const rememberCsrf = (token: string): void => {
  csrf = token;
};

const messageOf = async (answer: Response): Promise<string> => {
  try {
    const body = (await answer.json()) as { error?: unknown };
    if (typeof body.error === "string") return body.error;
  } catch {
    // Not JSON: a proxy's page, most likely.
  }
  return `The server answers ${answer.status}`;
};

const ask = async (path: string, init: RequestInit): Promise<Response> => {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", redirect: "error", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The server does not answer. Is it running?");
  }
  if (answer.ok) return answer;
  const wait = Number(answer.headers.get("Retry-After"));
  throw new ApiError(answer.status, await messageOf(answer), wait || undefined);
};

export const get = async <T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> => {
  const answer = await ask(addressOf(path, params), {
    headers: { Accept: "application/json" },
    ...(signal && { signal }),
  });
  return (await answer.json()) as T;
};

/** Change something; what the server answers, undefined when that is nothing. */
export const send = async <T>(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<T> => {
  const headers: Record<string, string> = { Accept: "application/json", "X-Playhead-CSRF": csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await ask(path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
};
