// Completes what is typed into a search field: tags, tools and threads in a list below it (a combobox with a list). Without
// script the field is a field.

const LEAST_PAUSE_MS = 150;
const NAMES = { tag: "タグ", tool: "ツール", thread: "話題" };

for (const input of document.querySelectorAll("[data-suggest] input[type=search]")) {
  const form = input.form;
  const list = document.createElement("ul");
  list.id = `${input.id}-suggested`;
  list.className = "suggested";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "候補");
  list.hidden = true;
  const told = document.createElement("span");
  told.className = "vh";
  told.setAttribute("role", "status");
  form.append(list, told);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  let active = -1;
  let asked = input.defaultValue.trim();
  let timer = 0;
  let running = null;

  const mark = (place) => {
    active = place;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    const chosen = list.children[place];
    if (chosen) {
      input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };

  const show = (found) => {
    list.replaceChildren(...found.map((one, at) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.url = one.url;
      const kind = document.createElement("small");
      kind.textContent = NAMES[one.kind] ?? "";
      const label = document.createElement("span");
      label.textContent = one.label;
      option.append(kind, label);
      return option;
    }));
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    told.textContent = found.length > 0 ? `候補が${found.length}件あります。矢印キーで選べます。` : "";
  };

  const ask = async () => {
    const words = input.value.trim();
    if (words === asked) return;
    asked = words;
    running?.abort();
    if (words === "") return close();
    running = new AbortController();
    try {
      const answer = await fetch(`/api/v1/search/suggest?q=${encodeURIComponent(words)}`, {
        headers: { accept: "application/json" },
        signal: running.signal,
      });
      if (answer.ok) show(await answer.json());
    } catch { /* no network, or overtaken: the field goes on without */ }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, LEAST_PAUSE_MS);
  });
  if (input.value.trim() !== asked) ask(); // typed while this was fetched
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const last = list.children.length - 1;
    if (event.key === "ArrowDown") mark(active < last ? active + 1 : 0);
    else if (event.key === "ArrowUp") mark(active > 0 ? active - 1 : last);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && active >= 0) location.assign(list.children[active].dataset.url);
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    location.assign(option.dataset.url);
  });
}
