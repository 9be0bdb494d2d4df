// Saves what is being typed as a draft on the server, so that a killed tab or an empty battery loses nothing and another
// device can go on. Fetched by form.js when somebody begins to type. While the network is gone form.js keeps the text on
// this device; here it is sent as soon as the network is back. What another device saved is never written over unasked.

const QUIET = 2_000; // after the last key
const PACE = 5_000; // between two saves, and at most this long while somebody types on
const SLOWEST = 60_000; // between two attempts that fail
const SMALL = 60_000; // browsers send no more than 64 KiB for a page that is being left
const NOT_KEPT = new Set(["key", "action", "draft", "draft_revision"]);

/** `local`: what form.js keeps on this device: `forget()` removes it, `offer(values)` shows it to be taken back. */
export function keepDraft(form, local) {
  const said = form.querySelector("[data-draft-said]");
  const { draft: id, draft_revision: revision } = form.elements;
  const { draft: purpose, draftFor: target } = form.dataset;
  let key = form.elements.key?.value ?? "";
  let saved = ""; // what the server has, as JSON
  let since = 0; // when that was typed which it has not
  let last = 0;
  let failures = 0;
  let timer = 0;
  let busy = false;
  let stopped = false; // sent, or waiting for a decision
  let beside = false;
  let flight = new AbortController();

  const say = (words) => { said.textContent = words; };

  const values = () => {
    const fields = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value && !NOT_KEPT.has(name)) (fields[name] ??= []).push(value);
    }
    return fields;
  };

  const isWritten = () => [...form.elements].some((el) => el.matches("textarea, input:not([type]), input[type=text]") && el.value.trim());

  const later = (wait) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, wait);
  };

  const typed = () => {
    const now = Date.now();
    since ||= now;
    if (failures) return; // the next attempt is on its way
    later(Math.max(last + PACE - now, Math.min(QUIET, since + PACE - now), 0));
  };

  const again = () => {
    failures += 1;
    later(Math.min(PACE * 2 ** (failures - 1), SLOWEST));
  };

  const send = (path, method, body) => fetch(path, {
    method,
    body,
    keepalive: method !== "GET" && new Blob([body]).size < SMALL,
    signal: flight.signal,
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(method === "PUT" && { "if-match": `"${revision.value}"` }),
      ...(method === "POST" && key && { "idempotency-key": key }),
    },
  });

  const adopt = (draft) => {
    id.value = draft.id;
    revision.value = draft.revision;
  };

  async function save() {
    const fields = values();
    const text = JSON.stringify(fields);
    if (busy || stopped || text === saved || (!id.value && !isWritten())) return;
    busy = true;
    last = Date.now();
    try {
      const answer = id.value
        ? await send(`/api/v1/drafts/${id.value}`, "PUT", JSON.stringify({ fields }))
        : await send("/api/v1/drafts", "POST", JSON.stringify({ purpose, target: target || null, fields }));
      await take(answer, fields, text);
    } catch (error) {
      if (error.name === "AbortError") return;
      say(said.dataset.offline);
      again();
    } finally {
      busy = false;
    }
  }

  async function take(answer, fields, text) {
    if (answer.ok) {
      const draft = await answer.json();
      adopt(draft);
      if (answer.status === 201 && JSON.stringify(draft.fields) !== JSON.stringify(sorted(fields))) {
        later(0); // begun by an earlier attempt of ours whose answer was lost
        return;
      }
      saved = text;
      failures = 0;
      const clock = new Date().toLocaleTimeString("ja", { hour: "numeric", minute: "2-digit" });
      say(`${beside ? said.dataset.beside : said.dataset.saved} ${clock}`);
      if (JSON.stringify(values()) === text) {
        since = 0;
        delete form.dataset.changed;
        local.forget();
      } else {
        since = Date.now();
        later(PACE);
      }
    } else if (answer.status === 412) {
      await decide(fields);
    } else if (answer.status === 404 && id.value) {
      id.value = ""; // thrown away elsewhere: what is written here is worth keeping
      key = `${form.elements.key?.value ?? ""}-${Date.now()}`;
      later(0);
    } else if (answer.status === 404) {
      stopped = true; // the form has arrived meanwhile
    } else if (answer.status === 401) {
      say(said.dataset.signedOut);
      again();
    } else if (answer.status === 422 || answer.status === 413) {
      const problem = await answer.json();
      say(problem.errors?.[0]?.message ?? problem.detail ?? problem.title);
    } else {
      say(said.dataset.offline);
      again();
    }
  }

  /** Another device saved meanwhile. New threads stand side by side; for anything else people choose. */
  async function decide(fields) {
    const found = await send(id.value ? `/api/v1/drafts/${id.value}` : `/api/v1/drafts?purpose=${purpose}&target=${target}`, "GET");
    const answer = found.ok ? await found.json() : null;
    const other = answer?.items ? answer.items[0] : answer;
    if (!other) {
      id.value = "";
      again();
    } else if (JSON.stringify(sorted(fields)) === JSON.stringify(other.fields)) {
      adopt(other);
      later(0);
    } else if (purpose === "new_thread") {
      beside = true;
      id.value = "";
      key = `${form.elements.key?.value ?? ""}-${Date.now()}`;
      later(0);
    } else {
      ask(other);
    }
  }

  function ask(other) {
    stopped = true;
    const box = form.querySelector("template[data-draft-other]").content.firstElementChild.cloneNode(true);
    box.querySelector("[data-device]").textContent = other.device;
    const words = Object.entries(other.fields).filter(([name]) => form.elements[name]?.matches?.("textarea, input:not([type=hidden])"));
    box.querySelector("[data-text]").textContent = words.map(([, all]) => all.join("、")).join("\n\n");
    const choose = (mark, act) => box.querySelector(mark).addEventListener("click", () => {
      box.remove();
      stopped = false;
      adopt(other);
      act();
    });
    choose("[data-mine]", () => later(0));
    choose("[data-theirs]", () => {
      const mine = Object.fromEntries(Object.entries(values()).map(([name, all]) => [name, all[0]]));
      fill(other.fields);
      saved = JSON.stringify(values());
      since = 0;
      delete form.dataset.changed;
      local.offer(mine);
    });
    said.after(box);
    box.querySelector("[data-mine]").focus();
  }

  function fill(fields) {
    for (const el of form.elements) {
      if (!el.name || NOT_KEPT.has(el.name) || (el.type === "hidden" && el.name !== "revision")) continue;
      const all = fields[el.name] ?? [];
      if (el.type === "radio" || el.type === "checkbox") el.checked = all.includes(el.value);
      else el.value = all[0] ?? "";
    }
  }

  form.addEventListener("input", typed);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    stopped = true;
    flight.abort();
    setTimeout(resume, 8_000); // a lost network may be tried again
  });
  function resume() {
    if (!flight.signal.aborted) return;
    stopped = false;
    flight = new AbortController();
  }
  addEventListener("pageshow", resume);
  addEventListener("online", () => { if (since) later(0); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && since) save();
  });
  if ("changed" in form.dataset) typed();
}

/** As the server gives it back: names in order. */
const sorted = (fields) => Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
