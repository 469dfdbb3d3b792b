/** Who is signed in: asked once, told to every page. */

import { useQuery, useQueryClient, type QueryClient } from "@tanstack/preact-query";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { get, send, rememberCsrf } from "./client.ts";
import type { Session, SignedIn, TokenScope } from "./types.ts";

const SESSION = ["session"];

export const useSession = (): {
  session: Session | undefined;
  error: Error | null;
  retry: () => void;
} => {
  const { data, error, refetch } = useQuery({
    queryKey: SESSION,
    queryFn: async ({ signal }) => {
      const session = await get<Session>("/session", {}, signal);
      if (session.signed_in) rememberCsrf(session.csrf);
      return session;
    },
    staleTime: Infinity,
  });
  return { session: data, error, retry: () => void refetch() };
};

/** Somebody else is there now, who must not see what was asked for the one before. */
const becomes = (cache: QueryClient, session: Session): void => {
  cache.setQueryData<Session>(SESSION, () => session);
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
};

export const useSignIn = (): ((email: string, password: string) => Promise<void>) => {
  const cache = useQueryClient();
  return async (email, password) => {
    const session = await send<SignedIn>("POST", "/session", { email, password });
    rememberCsrf(session.csrf);
    becomes(cache, session);
  };
};

export const useSignOut = (): (() => Promise<void>) => {
  const cache = useQueryClient();
  return async () => {
    await send("DELETE", "/session");
    becomes(cache, { signed_in: false, has_users: true });
  };
};

const Context = createContext<SignedIn | null>(null);
export const SessionProvider = Context.Provider;

export const useMe = (): SignedIn => {
  const me = useContext(Context);
  if (!me) throw new Error("Nobody is signed in");
  return me;
};

export const useMay = (scope: TokenScope): boolean => useMe().scopes.includes(scope);
