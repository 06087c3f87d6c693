import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface DialogProps {
  readonly title: string;
  /** Told when it was closed, by Escape too: then it must no longer be shown. */
  readonly onClose: () => void;
  /** What its button to close says. */
  readonly close?: string;
  readonly children: ComponentChildren;
}

/** Over the page until it is closed. A question is one with a `Form` in it, whose button does what is asked. */
export function Dialog({ title, onClose, close = "Cancel", children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // What had the focus before gets it back, also where the dialog is taken away when its question has been answered.
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} class="panel dialog" aria-labelledby={id} onClose={onClose}>
      <header class="row">
        <h2 id={id}>{title}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          {close}
        </button>
      </header>
      {children}
    </dialog>
  );
}
