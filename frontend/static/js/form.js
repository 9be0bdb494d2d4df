// Enhances forms that every page can do without: nothing is sent twice, nothing typed is lost, failures get the focus.

// Devices are shared: what one person typed is never offered to another, and signing out forgets it.
const PREFIX = "hiroba:kept:";
const OWN = `${PREFIX}${document.body.dataset.viewer ?? ""}:`;
const SENT = "hiroba:sent";
const KEEP_DAYS = 7;

const store = (() => {
  try {
    localStorage.setItem(PREFIX, "");
    localStorage.removeItem(PREFIX);
    return localStorage;
  } catch {
    return null; // no storage (private window, full disk): the page works without it
  }
})();

/* ---- what is kept ---- */

const fields = (form) =>
  [...form.elements].filter((el) => el.name && el.matches("textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=file])"));

const values = (form) => Object.fromEntries(fields(form).map((el) => [el.name, el.value]));

/** Whoever chose to write without a name shall not find the text again with it. */
const sealed = (form) => form.elements.sealed?.value === "true";

const text = (kept) => Object.values(kept).join("").trim();

function read(name) {
  try {
    const kept = JSON.parse(store.getItem(name));
    return kept && Date.now() - kept.at < KEEP_DAYS * 864e5 ? kept : null;
  } catch {
    return null;
  }
}

function write(name, form) {
  try {
    if (text(values(form))) store.setItem(name, JSON.stringify({ at: Date.now(), values: values(form), sealed: sealed(form) }));
    else store.removeItem(name);
  } catch { /* full: what is on the page is still there */ }
}

/** Offers what was typed here before and never arrived. */
function offer(form, name, kept = read(name)) {
  const now = values(form);
  if (!kept || !text(kept.values)) return;
  const other = Object.entries(kept.values).some(([key, value]) => key in now && value.trim() && value !== now[key]);
  if (!other) return;
  const box = document.querySelector("#kept-offer")?.content.firstElementChild.cloneNode(true);
  if (!box) return;
  const on = (mark, act) => box.querySelector(mark).addEventListener("click", () => { act(); box.remove(); });
  on("[data-use]", () => {
    for (const el of fields(form)) if (el.name in kept.values) el.value = kept.values[el.name];
    if (kept.sealed) form.querySelector("[name=sealed][value=true]")?.click();
    form.dataset.changed = "";
    form.querySelector("textarea")?.focus();
  });
  on("[data-drop]", () => store?.removeItem(name));
  form.before(box);
}

/* ---- leaving ---- */

let leaving = false;
addEventListener("beforeunload", (event) => {
  if (!leaving && document.querySelector("form[data-changed]")) event.preventDefault();
});

// A page that says it worked: what was kept for its form has arrived, and is not offered again.
if (store && document.querySelector(".flash .ok")) {
  const sent = sessionStorage.getItem(SENT);
  if (sent) store.removeItem(sent);
  sessionStorage.removeItem(SENT);
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const name = OWN + form.dataset.keep;
  const failed = document.querySelector("#errors, #stale, #preview") || "changed" in form.dataset;
  if (failed) form.dataset.changed = "";
  else if (store) offer(form, name);
  let timer = 0;
  const local = {
    forget() {
      clearTimeout(timer);
      store?.removeItem(name);
    },
    offer: (mine) => offer(form, name, { values: mine }),
  };
  let tries = 0;
  const begin = () => {
    for (const event of ["focusin", "input"]) form.removeEventListener(event, begin);
    const script = tries ? `${form.dataset.draftScript}?${tries}` : form.dataset.draftScript;
    tries += 1; // a browser may remember that an address could not be fetched
    import(script).then(({ keepDraft }) => keepDraft(form, local)).catch(wait);
  };
  const wait = () => {
    for (const event of ["focusin", "input"]) form.addEventListener(event, begin);
  };
  if (form.dataset.draft) {
    if (failed) begin();
    else wait();
  }
  form.addEventListener("input", () => {
    form.dataset.changed = "";
    if (!store) return;
    clearTimeout(timer);
    timer = setTimeout(() => write(name, form), 400);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    if (store) write(name, form);
  });
}

/* ---- sending ---- */

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sending) { event.preventDefault(); return; }
  leaving = true;
  form.dataset.sending = "1";
  if (form.dataset.keep && !["preview", "attach", "template"].includes(event.submitter?.value)) {
    if (store) sessionStorage.setItem(SENT, OWN + form.dataset.keep);
  }
  if (store && form.getAttribute("action") === "/logout") {
    for (const key of Object.keys(store)) if (key.startsWith(PREFIX)) store.removeItem(key);
  }
  setTimeout(() => { delete form.dataset.sending; leaving = false; }, 8000); // a lost network may be tried again
});

// Coming back with the browser's own button shows the page as it was: ready to be sent again.
addEventListener("pageshow", () => {
  leaving = false;
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

/* ---- after a failure or a preview ---- */

const outcome = document.querySelector("#errors, #stale, #preview");
outcome?.focus();
addEventListener("load", () => outcome?.focus()); // the address's #place has taken it meanwhile

/* ---- two policies are nearly always enough ---- */

for (const set of document.querySelectorAll("[data-policies]")) {
  const words = set.querySelector("[data-many]");
  set.addEventListener("change", () => {
    const many = set.querySelectorAll(":checked").length;
    words.textContent = many > 3 ? set.dataset.four : many === 3 ? set.dataset.three : "";
  });
}

// Every browser prints; the button is for those who do not know how.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Completing what is searched for is fetched by those who begin to search.
for (const input of document.querySelectorAll("[data-suggest] input[type=search]")) {
  input.addEventListener("focus", () => import(input.form.dataset.suggest), { once: true });
}

// So is putting images and files into a text, by those who begin to write it.
for (const section of document.querySelectorAll("[data-attach]")) {
  const bring = () => import(section.dataset.attach);
  for (const begun of ["focusin", "pointerdown", "dragenter"]) section.closest("form").addEventListener(begun, bring, { once: true });
}
