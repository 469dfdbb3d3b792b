import { useState } from "preact/hooks";

/** Copies a text; says that it did. */
export const CopyButton = ({ text, what }: { text: string; what: string }) => {
  const [done, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https browsers give no clipboard; this older way still works there.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    setDone(true);
    setTimeout(() => setDone(false), 2_000);
  };
  return (
    <button
      type="button"
      class="button"
      data-picture="without"
      onClick={() => void copy()}
      aria-label={`Copy ${what}`}
    >
      <span aria-live="polite">{done ? "Copied" : "Copy"}</span>
    </button>
  );
};
