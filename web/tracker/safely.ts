/** Nothing that goes wrong in here may reach the page; undefined comes of it. */
export const safely =
  <Args extends unknown[], Result>(
    work: (...args: Args) => Result,
  ): ((...args: Args) => Result | undefined) =>
  (...args) => {
    try {
      return work(...args);
    } catch {
      // A page works the same with and without being measured.
      return undefined;
    }
  };

/** Listens to the events named; returns what ends the listening. */
export const listen = (
  target: EventTarget,
  names: string,
  handler: (event: Event) => void,
): (() => void) => {
  const safe = safely(handler);
  const each = (work: (name: string) => void): void => names.split(" ").forEach(work);
  // In the capture phase, so that a page which stops an event's way does not blind the tracker.
  each((name) => target.addEventListener(name, safe, true));
  return () => each((name) => target.removeEventListener(name, safe, true));
};
