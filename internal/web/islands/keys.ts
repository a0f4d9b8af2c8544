// <t-keys> gives the pages keys: ? shows them, / goes to the search field
// (data-key="/"), g and a letter go to a place of the navigation (data-go),
// j and k move over the rows of a table. Its template holds the help dialog.
// A reader who speaks to the machine, or whose hand trembles, can switch the
// keys off there; the browser remembers it.
const stored = "toride-keys";

class Keys extends HTMLElement {
  private dialog?: HTMLDialogElement;
  private going = -Infinity; // when g was pressed, in milliseconds
  private readonly press = (e: KeyboardEvent) => this.take(e);

  connectedCallback() {
    document.addEventListener("keydown", this.press);
    const open = this.querySelector<HTMLButtonElement>("button");
    if (open) {
      open.hidden = false;
      open.addEventListener("click", () => this.help());
    }
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.press);
  }

  private take(e: KeyboardEvent) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented) return;
    if (typing(e.target) || this.dialog?.open || off()) return;
    if (this.act(e.key, e.timeStamp)) e.preventDefault();
  }

  private act(key: string, now: number): boolean {
    const going = now - this.going < 1500;
    this.going = -Infinity;
    if (going) return follow(key);
    switch (key) {
      case "?":
        this.help();
        return true;
      case "g":
        this.going = now;
        return true;
      case "/":
        return focus(document.querySelector<HTMLElement>('[data-key="/"]'));
      case "j":
        return row(1);
      case "k":
        return row(-1);
    }
    return false;
  }

  private help() {
    if (!this.dialog) {
      const content = this.querySelector("template")?.content.cloneNode(true);
      if (!content) return;
      document.body.append(content);
      this.dialog = document.body.querySelector<HTMLDialogElement>("dialog.keys-help") ?? undefined;
      const box = this.dialog?.querySelector<HTMLInputElement>("input[type=checkbox]");
      if (box) {
        box.checked = !off();
        box.addEventListener("change", () => remember(box.checked));
      }
    }
    this.dialog?.showModal();
  }
}

function typing(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]") !== null;
}

function off(): boolean {
  try {
    return localStorage.getItem(stored) === "off";
  } catch { // storage may be forbidden on a shared machine
    return false;
  }
}

function remember(on: boolean) {
  try {
    localStorage.setItem(stored, on ? "on" : "off");
  } catch { // then it holds for this page
  }
}

function focus(el: HTMLElement | null | undefined): boolean {
  el?.focus();
  if (el instanceof HTMLInputElement) el.select();
  return el != null;
}

function follow(letter: string): boolean {
  const place = document.querySelector<HTMLAnchorElement>(`a[data-go="${CSS.escape(letter)}"]`);
  place?.click();
  return place !== null;
}

// row moves to the first link of the next or previous row of the table in which
// the reader is, else of the first one.
function row(step: number): boolean {
  const here = document.activeElement;
  const table = here?.closest("main table") ?? document.querySelector("main table");
  const rows = [...(table?.querySelectorAll<HTMLElement>("tbody tr") ?? [])].filter((r) => r.querySelector("a,button"));
  if (rows.length === 0) return false;
  const at = rows.findIndex((r) => r.contains(here));
  const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);
  const target = rows[next].querySelector<HTMLElement>("a,button");
  target?.focus();
  rows[next].scrollIntoView({ block: "nearest" });
  return true;
}

customElements.define("t-keys", Keys);
