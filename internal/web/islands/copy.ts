// <t-copy for="id"> puts the text of the element with that id on the clipboard.
// Inside: a hidden button and a status element with data-done and data-failed.
class Copy extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => void this.copy());
  }

  private async copy() {
    const source = document.getElementById(this.getAttribute("for") ?? "");
    const status = this.querySelector<HTMLElement>("[role=status]");
    if (!source || !status) return;
    let done = true;
    try {
      await navigator.clipboard.writeText(source.textContent ?? "");
    } catch { // not allowed here: mark the text, so that Ctrl+C takes it
      getSelection()?.selectAllChildren(source);
      done = false;
    }
    status.textContent = (done ? status.dataset.done : status.dataset.failed) ?? "";
  }
}

customElements.define("t-copy", Copy);
