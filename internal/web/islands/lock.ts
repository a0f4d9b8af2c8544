// <t-lock idle="300"> locks the page when nobody used it for so many seconds:
// the session locks on the server, and the page hides behind a dialog that asks
// for the PIN. What was typed stays, because the page does. The server locks by
// itself too; this island only does it where people can see it, and tells the
// server that somebody reads who asks for nothing. Windows of one browser lock
// and unlock together.
const json = { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" } };

class Lock extends HTMLElement {
  private used = Date.now();
  private told = Date.now(); // when the server last heard of us
  private dialog?: HTMLDialogElement;
  private locked = false;
  private readonly others = new BroadcastChannel("toride-lock");

  connectedCallback() {
    const use = () => {
      if (!this.locked) this.used = Date.now();
    };
    for (const kind of ["pointerdown", "keydown", "wheel", "touchstart", "scroll"]) {
      document.addEventListener(kind, use, { capture: true, passive: true });
    }
    this.others.addEventListener("message", (e) => {
      if (e.data === "lock") this.hide();
      else if (e.data === "unlock") this.show();
      else this.used = Math.max(this.used, e.data as number);
    });
    document.addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), 5000);
  }

  private get idle() { return Number(this.getAttribute("idle")) * 1000; }

  // look locks when it is time, and otherwise tells others of use, at most once
  // a minute.
  private look() {
    if (this.locked) return;
    const now = Date.now();
    if (now - this.used >= this.idle) {
      this.others.postMessage("lock");
      this.hide();
      void fetch("/lock/now", json).catch(() => null); // the server locks by itself too
    } else if (this.used > this.told && now - this.told > Math.min(60000, this.idle / 3)) {
      this.told = now;
      this.others.postMessage(this.used);
      void fetch("/lock/stay", json).then((r) => { if (r.status === 401) this.hide(); }).catch(() => null);
    }
  }

  // hide takes the page off the screen, off paper and away from the keyboard.
  private hide() {
    if (this.locked) return;
    this.locked = true;
    if (!this.dialog) {
      const content = this.querySelector("template")?.content.cloneNode(true);
      if (!content) return location.reload();
      document.body.append(content);
      this.dialog = document.body.querySelector<HTMLDialogElement>("dialog.lock") ?? undefined;
      this.dialog?.addEventListener("cancel", (e) => e.preventDefault());
      this.dialog?.querySelector("form")?.addEventListener("submit", (e) => void this.unlock(e));
    }
    document.documentElement.dataset.locked = "";
    if (!this.dialog?.open) this.dialog?.showModal();
    this.dialog?.querySelector("input")?.focus();
  }

  private show() {
    if (!this.locked) return;
    this.locked = false;
    this.used = this.told = Date.now();
    delete document.documentElement.dataset.locked;
    this.dialog?.close();
  }

  private async unlock(e: Event) {
    e.preventDefault();
    const input = this.dialog?.querySelector<HTMLInputElement>("input");
    const status = this.dialog?.querySelector<HTMLElement>("[role=status]");
    if (!input || !status) return;
    const answer = await fetch("/lock", { ...json, body: new URLSearchParams({ pin: input.value }) }).catch(() => null);
    input.value = "";
    const said = await answer?.json().catch(() => null) as { error?: string; reload?: boolean } | null | undefined;
    if (said?.reload) return location.reload(); // somebody else is signed in now: the page below is not theirs
    if (answer?.ok) {
      status.textContent = "";
      this.others.postMessage("unlock");
      return this.show();
    }
    if (answer?.status === 401) { // it has ended: the sign-in leads back here
      location.href = "/signin?next=" + encodeURIComponent(location.pathname + location.search);
      return;
    }
    status.textContent = said?.error ?? status.dataset.failed ?? "";
    input.focus();
  }
}

customElements.define("t-lock", Lock);
export {};
