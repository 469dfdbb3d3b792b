/** What a part of a page shows when it has no numbers: why, and what to do. */

import type { ComponentChildren } from "preact";
import { ApiError } from "../api/client.ts";

const ADVICE: Record<number, string> = {
  0: "Check that the server is running and that you are online.",
  403: "Ask an admin of this account for a role that allows it.",
  404: "It may have been deleted, or the address is mistyped.",
  429: "Too many questions at once. Wait a moment.",
  503: "The store is busy or restarting. It will be asked again.",
};

export const Failure = ({ error, retry }: { error: Error; retry?: () => void }) => {
  const advice = error instanceof ApiError ? ADVICE[error.status] : undefined;
  return (
    <div class="state state-failed" role="alert">
      <p class="state-title">{error.message}</p>
      {advice && <p>{advice}</p>}
      {retry && (
        <button type="button" class="button" onClick={retry} data-picture="without">
          Try again
        </button>
      )}
    </div>
  );
};

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="state">
    <p class="state-title">{title}</p>
    {children}
  </div>
);

/** Holds the place of what is to come, so that nothing jumps when it does. */
export const Waiting = ({ height, label = "Loading" }: { height: number; label?: string }) => (
  <div class="waiting" style={{ height: `${height}px` }} role="status">
    <span class="unseen">{label}</span>
  </div>
);

interface Asked<T> {
  data: T | undefined;
  error: Error | null;
  refetch: () => unknown;
  /** Whether it is still the answer to the question before. */
  isPlaceholderData?: boolean;
}

/** An answer, or the state that it is in. */
export const Answered = <T,>({
  asked,
  height,
  children,
}: {
  asked: Asked<T>;
  height: number;
  children: (data: T) => ComponentChildren;
}) => {
  if (asked.data !== undefined)
    return <div aria-busy={asked.isPlaceholderData ?? false}>{children(asked.data)}</div>;
  if (asked.error) return <Failure error={asked.error} retry={() => void asked.refetch()} />;
  return <Waiting height={height} />;
};
