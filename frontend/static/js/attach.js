// Images and files by button, paste or drop: sent at once and put where the cursor is, with the fields that the form has
// for those without scripts. Fetched when somebody begins to write.

const RETRY = "送れませんでした。つながりを確かめて、もう一度「本文に入れる」を押してください。";

for (const section of document.querySelectorAll("[data-attach]")) {
  const form = section.closest("form");
  const { body, file, alt, source } = form.elements;
  const button = section.querySelector("button[value=attach]");
  const status = section.querySelector("[data-status]");
  const max = Number(section.dataset.max);
  const say = (text) => { status.textContent = text; };
  section.querySelector("[data-paste]").append("本文の欄に貼り付けたり、ここへ運んで落としたりもできます。");

  /* ---- choosing ---- */

  const tell = () => {
    clearErrors();
    const [chosen] = file.files;
    if (!chosen) return say("");
    if (chosen.size > max) return fail([{ field: "file", message: "ファイルが大きすぎます。1つ10MBまでです。画像は小さくするか、必要なところを切り取ってください。" }]);
    say(`「${chosen.name}」を選びました。下の欄を書いて「本文に入れる」を押してください。`);
  };

  const take = (chosen) => {
    const box = new DataTransfer();
    box.items.add(chosen);
    file.files = box.files;
    section.open = true;
    tell();
    alt.focus();
  };

  file.addEventListener("change", tell);
  // What comes with text beside it (a table, a page) is pasted as text.
  body.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return;
    event.preventDefault();
    take(files[0]);
  });
  for (const place of [body, section]) {
    const carries = (event) => event.dataTransfer.types.includes("Files");
    place.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      place.classList.add("dropping");
    });
    place.addEventListener("dragleave", () => place.classList.remove("dropping"));
    place.addEventListener("drop", (event) => {
      place.classList.remove("dropping");
      if (!carries(event)) return;
      event.preventDefault();
      take(event.dataTransfer.files[0]);
    });
  }

  /* ---- what is wrong, beside its field ---- */

  const fieldOf = (name) => section.querySelector(`#${name}`);

  function clearErrors() {
    for (const old of section.querySelectorAll(".error")) old.remove();
    for (const wrong of section.querySelectorAll("[aria-invalid]")) wrong.removeAttribute("aria-invalid");
  }

  function fail(errors) {
    clearErrors();
    for (const { field, message } of errors) {
      const input = fieldOf(field) ?? file;
      const words = document.createElement("p");
      words.className = "error";
      words.id = `e-${input.id}`;
      words.textContent = message;
      input.closest(".field").append(words);
      if (input.type !== "radio") input.setAttribute("aria-invalid", "true");
    }
    say(errors.length > 1 ? `${errors.length}か所、確かめてください。` : errors[0].message);
    (fieldOf(errors[0].field) ?? file).focus();
  }

  /* ---- sending ---- */

  const missing = () => {
    const errors = [];
    if (!file.files.length) errors.push({ field: "file", message: "ファイルを選んでください。" });
    else if (file.files[0].size > max) errors.push({ field: "file", message: "ファイルが大きすぎます。1つ10MBまでです。" });
    if (!fieldOf("looked").checked) errors.push({ field: "looked", message: "人が分かるものが写っていないかを確かめて、印を付けてください。" });
    return errors;
  };

  const insert = (markdown) => {
    const before = body.value.slice(0, body.selectionStart);
    const after = body.value.slice(body.selectionEnd);
    const gap = (text, mark) => (!text ? "" : mark.test(text) ? "" : /^\n|\n$/.test(text) ? "\n" : "\n\n");
    const lines = gap(before, /\n\n$/) + markdown + (gap(after, /^\n\n/) || "\n");
    body.setRangeText(lines, body.selectionStart, body.selectionEnd, "end");
    body.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // The same file sent again after a lost answer is stored once.
  let key = "";
  const renew = () => { key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""); };
  for (const input of section.querySelectorAll("input")) input.addEventListener("input", renew);
  renew();

  const reset = () => {
    file.value = alt.value = source.value = "";
    for (const input of section.querySelectorAll(":checked")) input.checked = false;
    renew();
  };

  const finish = (request, name) => {
    button.disabled = false;
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page */ }
    if (request.status === 201) {
      clearErrors();
      insert(answer.markdown);
      reset();
      say(`「${name}」を本文に入れました。`);
      body.focus();
    } else if (answer.errors?.length) fail(answer.errors);
    else say(answer.detail ?? RETRY);
  };

  button.addEventListener("click", (event) => {
    event.preventDefault();
    const errors = missing();
    if (errors.length) return fail(errors);
    const sent = new FormData();
    const [chosen] = file.files;
    sent.append("alt", alt.value);
    sent.append("rights", section.querySelector("[name=rights]:checked")?.value ?? "");
    sent.append("source", source.value);
    sent.append("file", chosen);
    const request = new XMLHttpRequest(); // fetch tells nothing of what has been sent
    request.open("POST", "/api/v1/files");
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      const percent = Math.floor(loaded / total * 100);
      say(percent < 100 ? `送っています… ${percent}%` : "画像を整えています…");
    });
    request.addEventListener("load", () => finish(request, chosen.name));
    for (const lost of ["error", "timeout"]) request.addEventListener(lost, () => { button.disabled = false; say(RETRY); });
    request.timeout = 180_000;
    button.disabled = true;
    say("送っています…");
    request.send(sent);
  });

  // Sent with a file that was chosen and not put in, the form would lose it.
  form.addEventListener("submit", (event) => {
    if (!file.files.length || event.submitter?.value === "preview") return;
    event.preventDefault();
    section.open = true;
    fail([{ field: "file", message: "選んだファイルが、まだ本文に入っていません。「本文に入れる」を押すか、選び直して空にしてください。" }]);
  });
}
