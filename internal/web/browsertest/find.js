// Finds things by the words a reader sees. Each function is called with plain
// values and answers with plain values; an error is a sentence.

function tidy(s) { return (s || "").replace(/\s+/g, " ").trim(); }

function shown(el) {
  const box = el.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(el).visibility !== "hidden";
}

function nameOf(el) {
  const by = el.getAttribute("aria-labelledby");
  if (by) return tidy(by.split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
  if (el.getAttribute("aria-label")) return tidy(el.getAttribute("aria-label"));
  if (el.labels?.length) return labelText(el.labels[0]);
  return tidy(el.innerText || el.textContent || el.value);
}

function labelText(label) {
  const copy = label.cloneNode(true);
  copy.querySelectorAll(".required, input, select, textarea").forEach((e) => e.remove());
  return tidy(copy.textContent);
}

// pick takes the one whose words are the same, else the first that begins with
// them, else the first that contains them.
function pick(list, words, name) {
  words = tidy(words);
  return list.find((e) => name(e) === words) ?? list.find((e) => name(e).startsWith(words)) ?? list.find((e) => name(e).includes(words));
}

function clickable(words) {
  // A dialog that is open hides the rest; the page's own acts go before the
  // navigation, as a reader would look.
  const all = [...(document.querySelector("dialog[open]") ?? document).querySelectorAll("a[href], button, summary, [role=button], label.choice")].filter(shown);
  const list = [...all.filter((e) => e.closest("main")), ...all.filter((e) => !e.closest("main"))];
  const el = pick(list, words, nameOf);
  if (!el) return { error: "no link or button says it; there are: " + list.map(nameOf).join(" | ") };
  if (el.disabled) return { error: "it is disabled" };
  return aim(el);
}

// aim gives the middle of the element, where a mouse would click, and whether
// the click leaves the page.
function aim(el) {
  el.scrollIntoView({ block: "center", inline: "nearest" });
  const box = el.getClientRects()[0];
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const hit = document.elementFromPoint(x, y);
  if (!hit || !(el.contains(hit) || hit.contains(el))) {
    return { error: "something lies over it: " + (hit ? hit.outerHTML.slice(0, 120) : "the edge of the window") };
  }
  return { x, y, leaves: leaves(el), width: box.width, height: box.height };
}

function leaves(el) {
  if (el.matches("a[href]")) {
    return !el.getAttribute("href").startsWith("#") && el.target !== "_blank";
  }
  const form = el.form;
  return el.matches("button, input") && !!form && form.method !== "dialog" && (el.type === "submit" || el.type === "image");
}

function control(words) {
  const labels = [...document.querySelectorAll("label")].filter((l) => l.control && shown(l));
  const label = pick(labels, words, labelText);
  if (label) return label.control;
  return pick([...document.querySelectorAll("input[aria-label], textarea[aria-label], select[aria-label]")], words, nameOf);
}

function fill(words, value) {
  const el = control(words);
  if (!el) return "no field is labelled so; there are: " + [...document.querySelectorAll("label")].map(labelText).join(" | ");
  if (el.disabled || el.readOnly) return "the field takes no input";
  el.scrollIntoView({ block: "center" });
  el.focus();
  if (el.matches("input[type=date], input[type=datetime-local], input[type=time]")) {
    el.value = value;
    if (el.value !== value) return "the field does not take " + value;
    el.dispatchEvent(new Event("input", { bubbles: true }));
    el.dispatchEvent(new Event("change", { bubbles: true }));
    return "";
  }
  el.select();
  return "type";
}

function choose(words, option) {
  const el = control(words);
  if (!el || el.tagName !== "SELECT") return "no list is labelled so";
  const found = pick([...el.options], option, (o) => tidy(o.textContent));
  if (!found) return "no such option; there are: " + [...el.options].map((o) => tidy(o.textContent)).join(" | ");
  el.value = found.value;
  el.dispatchEvent(new Event("change", { bubbles: true }));
  return "";
}

// choice finds a box or a radio button; within is the words of its group's
// legend, or empty.
function choice(words, within) {
  let root = document;
  if (within) {
    const set = pick([...document.querySelectorAll("fieldset")], within, (f) => labelText(f.querySelector("legend") ?? f));
    if (!set) return { error: "no group is called " + within };
    root = set;
  }
  const labels = [...root.querySelectorAll("label")].filter((l) => l.control?.matches("[type=checkbox], [type=radio]"));
  const label = pick(labels, words, labelText);
  if (!label) return { error: "no box says it; there are: " + labels.map(labelText).join(" | ") };
  return aim(label.control);
}

function fileField(words) {
  const el = control(words);
  if (!el || el.type !== "file") return "";
  el.setAttribute("data-browsertest", "file");
  return "[data-browsertest=file]";
}

function focused() {
  const el = document.activeElement;
  return !el || el === document.body ? "" : nameOf(el);
}

function focusLeaves() {
  const el = document.activeElement;
  return leaves(el) || (el.matches("input, select") && !!el.form && el.form.method !== "dialog");
}

// focusVisible reports whether the focused element is drawn differently from
// an unfocused one: an outline or a shadow. Inside a date field the browser's
// own parts take the focus, and draw it themselves.
function focusVisible() {
  if (!document.activeElement.matches(":focus")) return true;
  const s = getComputedStyle(document.activeElement);
  return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
}

// sideways gives what sticks out of the window to the right: boxes that reach
// too far, or whose content does.
function sideways() {
  const width = document.documentElement.clientWidth;
  const wide = document.documentElement.scrollWidth;
  if (wide <= width) return [];
  const out = [...document.querySelectorAll("body *")].filter((e) => shown(e) && !e.closest(".visually-hidden") && !e.parentElement.closest(".scroll, pre")
    && (e.getBoundingClientRect().right > width + 1 || (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "visible" && e.getBoundingClientRect().left + e.scrollWidth > width + 1)));
  const inner = out.filter((e) => !out.some((o) => o !== e && e.contains(o)));
  return [wide + " > " + width + " pixels", ...inner.slice(0, 5).map((e) => e.tagName.toLowerCase() + "." + (e.getAttribute("class") ?? "") + " " + tidy(e.textContent).slice(0, 40))];
}

// small gives main buttons that are lower than 44 pixels.
function small() {
  return [...document.querySelectorAll(".button:not(.button-small)")].filter((e) => shown(e) && e.getBoundingClientRect().height < 44).map(nameOf);
}

// shape is a page without its words: elements, classes, roles, and where there
// is text at all. Rows of one shape count once. Two pages of one shape and width
// have the same faults of accessibility, whatever their language is.
function shape() {
  const said = new Set(["class", "role", "type", "scope", "lang", "hidden", "disabled", "tabindex", "for", "open"]);
  const of = (el) => {
    const attributes = [...el.attributes].map((a) => (said.has(a.name) && a.name !== "lang" && a.name !== "for" ? a.name + "=" + a.value : a.name + (a.value ? "" : "-"))).sort().join(" ");
    let inner = "", last = "";
    for (const child of el.childNodes) {
      const part = child.nodeType === Node.TEXT_NODE ? (child.data.trim() ? "T" : "") : child.nodeType === Node.ELEMENT_NODE ? of(child) : "";
      if (part && part !== last) inner += part;
      last = part || last;
    }
    return "<" + el.localName + " " + attributes + ">" + inner;
  };
  let hash = 0n;
  for (const c of (innerWidth < 700 ? "narrow" : "wide") + of(document.body)) hash = (hash * 1099511628211n + BigInt(c.codePointAt(0))) & 0xffffffffffffffffn;
  return hash.toString(16);
}
