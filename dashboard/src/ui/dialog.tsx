import { Dialog as Primitive } from "@kobalte/core/dialog";
import type { JSX } from "solid-js";
import { t } from "../words/words.ts";
import { Icon } from "./icon.tsx";

/** A modal window: takes the focus (to what has `autofocus`, else to the first thing), keeps it, gives it back; Escape closes it. */
export function Dialog(props: {
  open: boolean;
  onClose: () => void;
  title: string;
  children: JSX.Element;
}): JSX.Element {
  let content: HTMLElement | undefined;
  let before: HTMLElement | null = null;
  const begin = (event: Event) => {
    before = focused();
    const wanted = content?.querySelector<HTMLElement>("[autofocus]");
    if (!wanted) return;
    event.preventDefault();
    wanted.focus();
  };
  const end = (event: Event) => {
    // By itself it would go to a button that opens the dialog, and there is none.
    event.preventDefault();
    // This comes a moment after the window is gone: what was opened meanwhile, or the page that one went to, keeps it.
    if (document.activeElement !== document.body) return;
    // What opened it may be gone by what was done: then the page's heading takes the focus, so that the keys go on there.
    (before?.isConnected === true ? before : document.querySelector<HTMLElement>("h1"))?.focus();
  };
  return (
    <Primitive open={props.open} onOpenChange={(open) => !open && props.onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay class="fixed inset-0 z-40 bg-[#0009]" />
        <div class="fixed inset-0 z-40 grid place-items-center overflow-y-auto p-3">
          <Primitive.Content
            ref={content}
            onOpenAutoFocus={begin}
            onCloseAutoFocus={end}
            class="w-full max-w-xl rounded-xl border border-edge bg-surface shadow-2xl outline-none"
          >
            {/* No header: the page has one, and beside it this would be a second. */}
            <div class="flex items-center gap-3 border-b border-line px-5 py-3">
              <Primitive.Title class="text-base font-semibold">{props.title}</Primitive.Title>
              <Primitive.CloseButton
                aria-label={t("shell.close")}
                class="ml-auto grid size-8 place-items-center rounded-md text-muted hover:bg-sunken hover:text-ink"
              >
                <Icon name="cross" />
              </Primitive.CloseButton>
            </div>
            <div class="grid grid-cols-[minmax(0,1fr)] gap-4 p-5">{props.children}</div>
          </Primitive.Content>
        </div>
      </Primitive.Portal>
    </Primitive>
  );
}

/** What has the focus, inside a shadow root too. */
function focused(): HTMLElement | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active instanceof HTMLElement ? active : null;
}
