// Results under the search field while somebody writes: a combobox (WAI-ARIA), its options made by the server.

const PAUSE_MS = 120;

export function startSearch() {
  const form = document.querySelector("form[data-search]");
  if (form) new Search(form);
}

class Search {
  constructor(form) {
    this.form = form;
    this.field = form.querySelector("input");
    this.list = document.createElement("div");
    Object.assign(this.list, { id: "search-options", role: "listbox", className: "search-options", hidden: true });
    this.list.setAttribute("aria-label", "Found");
    this.said = document.createElement("span");
    this.said.className = "said";
    this.said.setAttribute("role", "status");
    form.append(this.list, this.said);
    const says = { role: "combobox", "aria-expanded": "false", "aria-controls": this.list.id, "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(says)) this.field.setAttribute(name, value);
    this.field.addEventListener("input", () => this.later());
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.field.addEventListener("focus", () => this.options.length && this.show(true));
    form.addEventListener("focusout", () => setTimeout(() => form.contains(document.activeElement) || this.show(false)));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    form.addEventListener("submit", (event) => this.field.value.trim() || event.preventDefault());
  }

  get options() {
    return [...this.list.children];
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE_MS);
  }

  async ask() {
    this.asked?.abort();
    const text = this.field.value.trim();
    if (!text) return this.take("", text);
    this.asked = new AbortController();
    try {
      const answer = await fetch(`${this.form.dataset.search}?q=${encodeURIComponent(text)}`, { signal: this.asked.signal });
      if (answer.ok) this.take(await answer.text(), text);
    } catch {
      this.show(false); // Enter still leads to the page of results, and says there what is wrong
    }
  }

  take(html, text) {
    this.list.innerHTML = html;
    this.options.forEach((option, i) => (option.id = `search-option-${i}`));
    this.choose(null);
    const count = this.options.length;
    this.show(count > 0);
    this.said.textContent = text ? `${count || "Nothing"} found` : "";
  }

  show(isOpen) {
    this.list.hidden = !isOpen;
    this.field.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) this.choose(null);
  }

  choose(option) {
    for (const each of this.options) each.setAttribute("aria-selected", String(each === option));
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
    this.chosen = option;
  }

  pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.options.length) {
      event.preventDefault();
      this.show(true);
      const places = this.options.length + 1; // one of them is the field itself
      const place = (this.options.indexOf(this.chosen) + 1 + step + places) % places;
      this.choose(this.options[place - 1] ?? null);
    } else if (event.key === "Enter" && this.chosen) {
      event.preventDefault();
      this.chosen.click();
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.show(false);
    }
  }
}
