// <t-live topic="detect" for="id"> keeps the element with that id fresh: when
// the server says that the topic changed, the page is asked for again and the
// element exchanged. While the reader is inside it (focus, an open detail, a
// marked text) it is left alone and the notice inside <t-live> is shown, a link to the
// page itself. data-fresh on the element counts the exchanges.
const policy = (window as any).trustedTypes?.createPolicy("toride", { createHTML: (s: string) => s }) ??
  { createHTML: (s: string) => s };

const streams = new Map<string, EventSource>();

function stream(topic: string): EventSource {
  let source = streams.get(topic);
  if (!source) streams.set(topic, (source = new EventSource("/live?topic=" + encodeURIComponent(topic))));
  return source;
}

class Live extends HTMLElement {
  private asking = false;
  private again = false;
  private readonly changed = () => void this.refresh();

  connectedCallback() {
    stream(this.getAttribute("topic") ?? "").addEventListener("changed", this.changed);
    document.addEventListener("visibilitychange", this.changed);
  }

  disconnectedCallback() {
    stream(this.getAttribute("topic") ?? "").removeEventListener("changed", this.changed);
    document.removeEventListener("visibilitychange", this.changed);
  }

  private get part() { return document.getElementById(this.getAttribute("for") ?? ""); }

  private get busy() {
    const part = this.part;
    const chosen = getSelection();
    return !part || part.contains(document.activeElement) || part.querySelector("details[open]") !== null ||
      (chosen !== null && !chosen.isCollapsed && part.contains(chosen.anchorNode));
  }

  private async refresh() {
    if (document.hidden) return; // visibilitychange asks again
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    try {
      do {
        this.again = false;
        await this.exchange();
      } while (this.again);
    } finally {
      this.asking = false;
    }
  }

  private async exchange() {
    const answer = await fetch(location.href, { headers: { "X-Toride-Live": "1" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return this.notice(true); // signed out, or the server is away
    const page = new DOMParser().parseFromString(policy.createHTML(await answer.text()) as string, "text/html");
    const fresh = page.getElementById(this.getAttribute("for") ?? "");
    const old = this.part;
    if (!fresh || !old) return;
    if (fresh.innerHTML === old.innerHTML) return;
    if (this.busy) return this.notice(true);
    const count = Number(old.dataset.fresh ?? 0) + 1;
    old.replaceWith(fresh);
    fresh.dataset.fresh = String(count);
    this.notice(false);
  }

  private notice(show: boolean) {
    const notice = this.querySelector<HTMLElement>("[data-notice]");
    if (notice) notice.hidden = !show;
  }
}

customElements.define("t-live", Live);
export {};
