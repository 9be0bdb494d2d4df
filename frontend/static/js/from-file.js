// Lets a text field be filled from a file. Spreadsheets here often save in Shift_JIS: what is no UTF-8 is read as that.

const LIMIT = 1_000_000; // bytes: what a form may carry

async function textOf(file) {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("shift_jis").decode(bytes);
  }
}

for (const area of document.querySelectorAll("textarea[data-from-file]")) {
  const label = document.createElement("label");
  label.className = "small";
  label.textContent = "ファイルから読み込む：";
  const input = document.createElement("input");
  input.type = "file";
  input.accept = area.dataset.fromFile;
  const said = document.createElement("p");
  said.className = "hint";
  said.setAttribute("role", "status");
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    if (file.size > LIMIT) {
      said.textContent = "ファイルが大きすぎます。1 MB までにしてください。";
      return;
    }
    area.value = await textOf(file);
    said.textContent = `「${file.name}」を読み込みました。`;
    area.focus();
  });
  label.append(input);
  area.before(label, said);
}
