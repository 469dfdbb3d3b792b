/** What a number means, on request: the definition of the server, and the call that gives it. */

import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useState } from "preact/hooks";
import { useMetrics } from "../api/queries.ts";
import { CopyButton } from "./copy.tsx";
import { Modal } from "./modal.tsx";

interface Asked {
  metric: string;
  /** The question that this page asked, as an address with its parameters. */
  call: string | undefined;
}

const Context = createContext<(asked: Asked) => void>(() => undefined);

export const DefinitionProvider = ({ children }: { children: ComponentChildren }) => {
  const [asked, setAsked] = useState<Asked | undefined>();
  const close = useCallback(() => setAsked(undefined), []);
  return (
    <Context.Provider value={setAsked}>
      {children}
      {asked && <Definition {...asked} close={close} />}
    </Context.Provider>
  );
};

const Definition = ({ metric, call, close }: Asked & { close: () => void }) => {
  const found = useMetrics().get(metric);
  const origin = window.location.origin;
  return (
    <Modal title={found?.title ?? metric} close={close}>
      <p>{found?.definition ?? "Loading its definition"}</p>
      {found?.api && (
        <>
          <h3>In the API</h3>
          <pre class="code">{found.api}</pre>
        </>
      )}
      {call && (
        <>
          <h3>What this page asked</h3>
          <div class="code-row">
            <pre class="code">
              curl -H "Authorization: Bearer $TOKEN" \{"\n"} "{origin}
              {call}"
            </pre>
            <CopyButton
              text={`curl -H "Authorization: Bearer $TOKEN" "${origin}${call}"`}
              what="the call"
            />
          </div>
          <p class="soft">
            Make a token under <a href="/settings/tokens">Settings, API tokens</a>. All that can be
            asked is described at <a href="/docs">/docs</a>.
          </p>
        </>
      )}
    </Modal>
  );
};

/** The small button beside a number's name. */
export const Explain = ({
  metric,
  title,
  call,
}: {
  metric: string;
  title: string;
  call?: string | undefined;
}) => {
  const open = useContext(Context);
  return (
    <button
      type="button"
      class="explain"
      data-picture="without"
      aria-label={`What ${title} means`}
      title={`What ${title} means`}
      onClick={() => open({ metric, call })}
    >
      ?
    </button>
  );
};
