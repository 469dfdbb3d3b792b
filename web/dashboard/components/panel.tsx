/** A part of a page with a heading, which can be taken along as a picture and as a table. */

import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { csvOf, type Table } from "../lib/csv.ts";
import { download, fileName, pictureOf } from "../lib/download.ts";

export interface PanelProps {
  title: string;
  /** What it is about, for the files' names: the media and the days, for instance. */
  about?: string;
  beside?: ComponentChildren;
  /** What it shows, as a table; undefined while there is nothing. */
  table?: (() => Table) | undefined;
  class?: string;
  children: ComponentChildren;
}

export const Panel = ({ title, about = "", beside, table, children, ...rest }: PanelProps) => {
  const heading = useId();
  const panel = useRef<HTMLElement>(null);
  return (
    <section ref={panel} class={`panel ${rest.class ?? ""}`} aria-labelledby={heading}>
      <header class="panel-head">
        <h2 id={heading} dir="auto">
          {title}
        </h2>
        <div class="panel-beside">
          {beside}
          {table && (
            <Take panel={panel} title={title} name={fileName(title, about)} table={table} />
          )}
        </div>
      </header>
      {children}
    </section>
  );
};

const Take = ({
  panel,
  title,
  name,
  table,
}: {
  panel: { current: HTMLElement | null };
  title: string;
  name: string;
  table: () => Table;
}) => {
  const [failed, setFailed] = useState("");
  const takePicture = async (): Promise<void> => {
    if (!panel.current) return;
    try {
      download(await pictureOf(panel.current), `${name}.png`);
      setFailed("");
    } catch (error) {
      setFailed(error instanceof Error ? error.message : "No picture could be made.");
    }
  };
  const takeTable = (): void =>
    // The mark at the start tells spreadsheets that it is UTF-8.
    download(
      new Blob(["\uFEFF", csvOf(table())], { type: "text/csv;charset=utf-8" }),
      `${name}.csv`,
    );
  return (
    <span class="take" data-picture="without">
      <button
        type="button"
        class="button button-small"
        onClick={() => void takePicture()}
        aria-label={`${title} as a picture, PNG`}
      >
        PNG
      </button>
      <button
        type="button"
        class="button button-small"
        onClick={takeTable}
        aria-label={`${title} as a table, CSV`}
      >
        CSV
      </button>
      {failed && <span role="alert">{failed}</span>}
    </span>
  );
};
