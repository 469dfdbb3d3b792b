/** A secret that is shown this once: to be copied now or never. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { CopyButton } from "./copy.tsx";

export const Secret = ({
  title,
  secret,
  what,
  done,
  children,
}: {
  title: string;
  secret: string;
  /** "the token", as in "Copy the token". */
  what: string;
  done: () => void;
  children?: ComponentChildren;
}) => {
  const heading = useId();
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), [secret]);
  return (
    <section ref={box} class="secret" aria-labelledby={heading} tabIndex={-1}>
      <h2 id={heading} dir="auto">
        {title}
      </h2>
      <p>
        <strong>Shown only now.</strong> {children}
      </p>
      <div class="code-row">
        <code class="code secret-text" translate={false}>
          {secret}
        </code>
        <CopyButton text={secret} what={what} />
      </div>
      <button type="button" class="button" onClick={done}>
        I have kept it, hide it
      </button>
    </section>
  );
};
