// While the title of a new thread is typed: threads that may answer it already. Without script the list stands there
// after a preview or an error.

const box = document.querySelector("[data-similar]");
const title = document.querySelector("form[data-keep] #title");

if (box && title) {
  const live = box.querySelector("[aria-live]");
  const pattern = box.querySelector("template");
  let timer = 0;
  let asked = title.value.trim();
  let running = null;

  const show = (threads) => {
    const list = document.createElement("ul");
    list.className = "mini";
    for (const thread of threads) {
      const item = pattern.content.firstElementChild.cloneNode(true);
      const link = item.querySelector("a");
      link.href = `/threads/${thread.id}`;
      link.textContent = thread.title;
      item.querySelector("[data-solved]").hidden = !thread.solved;
      item.querySelector("[data-count]").textContent = thread.counts.replies;
      list.append(item);
    }
    live.replaceChildren(list);
    box.hidden = threads.length === 0;
  };

  const ask = async () => {
    const words = title.value.trim();
    if (words === asked || words.length < 3) return;
    asked = words;
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(`/api/v1/threads/similar?title=${encodeURIComponent(words)}`, {
        headers: { accept: "application/json" },
        signal: running.signal,
      });
      if (!answer.ok) return;
      show(await answer.json());
    } catch { /* no network, or overtaken: the form goes on without */ }
  };

  title.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 500);
  });
}
