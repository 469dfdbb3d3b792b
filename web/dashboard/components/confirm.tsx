/** Asks before what cannot be taken back; the button says what happens. */

import type { ComponentChildren } from "preact";
import { Failed, useSending } from "./form.tsx";
import { Modal } from "./modal.tsx";

export const Confirm = ({
  title,
  action,
  doing,
  work,
  close,
  children,
}: {
  title: string;
  /** "Delete the project", on the button. */
  action: string;
  doing: string;
  /** Done and closed, or what it throws is shown. */
  work: () => Promise<void>;
  close: () => void;
  children: ComponentChildren;
}) => {
  const { busy, errors, sending } = useSending();
  return (
    <Modal title={title} close={close}>
      <div class="warning">{children}</div>
      <Failed errors={errors} />
      <div class="modal-foot">
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          class="button button-danger"
          disabled={busy}
          onClick={() =>
            void sending(async () => {
              await work();
              close();
            })
          }
        >
          {busy ? doing : action}
        </button>
      </div>
    </Modal>
  );
};
