// On every page: what a learner has done is kept, and marked beside the lessons.
import { CHANGED, load, update } from "../practice/progress.js";
import { element } from "./element.js";
import { review } from "./review.js";
import { address, lessons, summary } from "./summary.js";

const hasProgress = (doc) => Object.keys(doc.items).length + Object.keys(doc.read).length > 0;

const pathOf = (link) => new URL(link.href).pathname;

const mark = async () => {
  const doc = load();
  document.querySelectorAll(".course-mark").forEach((old) => old.remove());
  const front = document.querySelector("#course-progress");
  if (front) front.hidden = !hasProgress(doc);
  if (!hasProgress(doc)) return;
  const all = (await lessons()).map((lesson) => ({ lesson, found: summary(lesson, doc) }));
  document.querySelectorAll(".course-mark").forEach((old) => old.remove()); // another call may have been faster
  const links = [...document.querySelectorAll(".sidebar-tree a")];
  for (const { lesson, found } of all.filter(({ found: { begun } }) => begun)) {
    const [sign, word] = found.done ? ["✓", "done"] : ["◐", "begun"];
    const path = new URL(address(lesson.page)).pathname;
    links.find((link) => pathOf(link) === path)?.append(element(
      "span", { class: "course-mark" }, element("span", { "aria-hidden": "true" }, ` ${sign}`),
      element("span", { class: "visually-hidden" }, ` (${word})`),
    ));
  }
  if (front) {
    const begun = all.filter(({ found }) => found.begun);
    const done = begun.filter(({ found }) => found.done).length;
    const latest = begun.reduce((one, other) => (other.found.last > one.found.last ? other : one));
    const next = latest.found.done ? all.slice(all.indexOf(latest)).find(({ found }) => !found.done) : latest;
    front.replaceChildren(
      `You have begun ${begun.length} of ${all.length} ${all.length === 1 ? "lesson" : "lessons"}`,
      done ? ` and done ${done}` : "", ". ",
      ...(next ? [element("a", { href: address(next.lesson.page) }, `Go on with lesson ${next.lesson.number}`), ", or see "] : ["See "]),
      element("a", { href: address("progress.html") }, "your progress"), ".",
    );
  }
};

// Without a connection there may be no contents to read: the page is there all the same.
const quietly = (work) => work.catch((error) => console.warn(error.message));
quietly(mark());
document.addEventListener(CHANGED, () => quietly(mark()));

const earlier = document.querySelector(".course-review");
if (earlier) quietly(review(earlier));

// A lesson is read when its end has been on the screen.
const end = document.querySelector(".course-end");
if (end) {
  const { lesson } = end.dataset;
  new IntersectionObserver((seen, observer) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    observer.disconnect();
    if (load().read[lesson] === undefined) {
      update((doc) => ({ ...doc, read: { ...doc.read, [lesson]: new Date().toISOString() } }));
    }
  }).observe(end);
}

// A solution opens after a check of an answer of one's own: reading it first teaches little. Where there is nothing to
// check with, it opens at once.
const tried = (exercise) => Object.keys(load().items).some((key) => key.endsWith(`/exercise/${exercise}`));
for (const fold of document.querySelectorAll("details.solution[data-after]")) {
  const exercise = fold.dataset.after;
  if (!document.querySelector(`.ek-practice[data-exercise="${exercise}"]`)) continue;
  const words = element("p", { role: "status" });
  fold.after(words);
  fold.querySelector("summary").addEventListener("click", (event) => {
    if (tried(exercise)) return;
    event.preventDefault();
    words.textContent = "It opens when you have checked an answer of your own in the box above, right or wrong.";
  });
  document.addEventListener(CHANGED, () => { if (tried(exercise)) words.textContent = ""; });
}
