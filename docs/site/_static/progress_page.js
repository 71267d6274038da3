// The page "Your progress": what this browser knows, and how to take it along, bring it, or have it forgotten.
import { CHANGED, forget, importText, load, trouble } from "../practice/progress.js";
import { MOST, dayOf } from "../practice/progress_record.js";
import { element } from "./element.js";
import { address, date, lessons, points, summary } from "./summary.js";

const list = document.querySelector("#progress-lessons");
const said = document.querySelector("#progress-said");
const all = await lessons();

const objective = ({ id, text, met }) => element(
  "li", {}, element("span", { "aria-hidden": "true" }, met ? "✓ " : "○ "),
  element("span", { class: "visually-hidden" }, met ? "Met: " : "Not yet: "), element("strong", {}, id), ` ${text}`,
);

const rows = (found) => [
  ["Text", found.read ? `read to the end on ${date(found.read)}` : "not read to the end yet"],
  ["Questions", `${found.quiz.right} of ${found.quiz.of} right${found.again ? `, ${found.again} will be asked again` : ""}`],
  ...(found.explored.answered ? [["Explored", `${found.explored.right} right predictions and goals`]] : []),
  ...(found.exercises.of ? [["Exercises",
    `${found.exercises.right} of ${found.exercises.of} solved, ${points(found.exercises.points)} of ${points(found.exercises.most)} points`]] : []),
];

const lessonItem = (lesson, found, open) => {
  const met = found.objectives.filter((one) => one.met).length;
  const fold = element(
    "details", { "data-lesson": lesson.name },
    element("summary", {}, `Objectives: ${met} of ${found.objectives.length}`),
    element("ul", {}, ...found.objectives.map(objective)),
  );
  fold.open = open.has(lesson.name);
  const state = found.done ? "Done" : found.begun ? "Begun" : "Not begun";
  const texts = Object.fromEntries(lesson.quiz.map(({ id, question }) => [id, question]));
  const missed = found.missed.length ? [element(
    "details", { "data-lesson": `${lesson.name} missed` },
    element("summary", {}, `Not right yet: ${found.missed.length}`),
    element("ul", {}, ...found.missed.map(({ id }) => element("li", {}, texts[id] ?? element("code", {}, id)))),
  )] : [];
  missed.forEach((one) => { one.open = open.has(one.dataset.lesson); });
  return element(
    "li", { class: found.begun ? "begun" : "" },
    element("h3", {}, element("a", { href: address(lesson.page) }, `${lesson.number} · ${lesson.title}`)),
    element("p", { class: "state" }, element("span", { "aria-hidden": "true" }, found.done ? "✓ " : found.begun ? "◐ " : "○ "), state),
    ...(found.begun ? [element("dl", {}, ...rows(found).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]))] : []),
    ...missed, fold,
  );
};

const show = () => {
  const doc = load();
  const open = new Set([...list.querySelectorAll("details[open]")].map((fold) => fold.dataset.lesson));
  list.replaceChildren(...all.map((lesson) => lessonItem(lesson, summary(lesson, doc), open)));
  document.querySelector("#progress-trouble").textContent = trouble();
  const placed = document.querySelector("#progress-placement");
  const begin = all.find((lesson) => lesson.name === doc.placement?.begin);
  placed.hidden = !begin;
  if (begin) {
    placed.replaceChildren(
      `The placement quiz of ${date(doc.placement.at)} said: begin with `,
      element("a", { href: address(begin.page) }, `lesson ${begin.number}`), ".",
    );
  }
};

document.querySelector("#progress-export").addEventListener("click", () => {
  const file = new Blob([`${JSON.stringify(load(), null, 1)}\n`], { type: "application/json" });
  const link = element("a", { href: URL.createObjectURL(file), download: `progress-${dayOf(new Date())}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  said.textContent = `Written: ${link.download}, among your downloads.`;
});

const chosen = document.querySelector("#progress-file");
document.querySelector("#progress-import").addEventListener("click", () => chosen.click());
chosen.addEventListener("change", async () => {
  const [file] = chosen.files;
  if (!file) return;
  try {
    // A file that is too large is not read to find that out.
    said.textContent = importText(file.size > MOST.file ? "" : await file.text()).sentence;
  } catch {
    said.textContent = "The file could not be read. Nothing was changed.";
  }
  chosen.value = "";
});

document.querySelector("#progress-delete").addEventListener("click", () => {
  if (!confirm("Delete everything that this browser knows of your progress, your code too? Only a file that you exported brings it back.")) return;
  forget();
  said.textContent = "Deleted.";
});

document.addEventListener(CHANGED, show);
show();
document.querySelector("#progress").hidden = false;
