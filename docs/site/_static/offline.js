// Keeps the site in the browser, for when there is no network (worker.js); and Python, when a box has been used or when
// somebody asks for it. Nothing of this is there where a browser keeps nothing: from file://, or without https.
(() => {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  const root = new URL(".", document.querySelector("link[rel=manifest]").href);
  const place = document.querySelector(".ek-offline");
  const [python, button] = ["[role=status]", "button"].map((part) => place?.querySelector(part));
  const say = (text) => { if (python) python.textContent = text; };

  const asked = async (question) => {
    const { active } = await workers.ready;
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      active.postMessage(question, [port2]);
    });
  };

  const show = async () => {
    const kept = await asked("is Python kept?");
    button.hidden = kept !== "no";
    say(kept === "yes"
      ? "This browser keeps these pages, and Python for the practice boxes: all of it works without a network."
      : "This browser keeps these pages: they open without a network.");
  };

  const begin = async () => {
    say("Keeping the pages in this browser …");
    try {
      await workers.register(new URL("sw.js", root), { scope: root.pathname });
      await workers.ready;
      if (place) await show();
    } catch {
      place?.setAttribute("hidden", ""); // file://, a private window, or a full disk: the pages work as they are
    }
  };

  // The first worker that takes a page over brings the build that the page is of; a later one brings another.
  let controlled = workers.controller !== null;
  workers.addEventListener("controllerchange", () => {
    if (controlled) location.reload();
    controlled = true;
  });

  button?.addEventListener("click", async () => {
    button.setAttribute("aria-disabled", "true");
    await begin();
    say("Keeping Python in this browser …");
    // Not to be thrown away when the disk fills up, as far as the browser agrees.
    navigator.storage?.persist?.();
    if (await asked("keep Python") === "no") say("Python could not be fetched. Are you online? Try again.");
    else await show();
    button.removeAttribute("aria-disabled");
  });
  // Where Python has started before the worker was there to keep it, as on the first page of a first visit.
  addEventListener("course:result", ({ target }) => { if (target.closest?.(".ek-practice")) asked("keep Python"); });

  place?.removeAttribute("hidden");
  // Not before the page itself is there; and not where somebody saves data, unless they ask.
  const start = () => {
    if (!navigator.connection?.saveData || controlled) {
      begin();
    } else if (place) {
      say("You save data, so nothing is kept in this browser yet.");
      button.hidden = false;
    }
  };
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
})();
