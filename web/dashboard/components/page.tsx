/** A page: its name in the heading and in the browser's tab, and what belongs beside that. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

export const Page = ({
  title,
  above,
  beside,
  children,
}: {
  title: string;
  above?: ComponentChildren;
  beside?: ComponentChildren;
  children: ComponentChildren;
}) => {
  useEffect(() => {
    document.title = `${title} · Playhead`;
  }, [title]);
  return (
    <div class="page">
      <header class="page-head">
        <div class="page-title">
          {above}
          <h1 dir="auto">{title}</h1>
        </div>
        {beside && <div class="page-beside">{beside}</div>}
      </header>
      {children}
    </div>
  );
};
