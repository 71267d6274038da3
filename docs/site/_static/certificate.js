// The page that prints what was covered. It claims what the record holds, and no more.
import { CHANGED, load } from "../practice/progress.js";
import { element } from "./element.js";
import { date, lessons, points, summary } from "./summary.js";

const at = (id) => document.querySelector(`#certificate-${id}`);
const all = await lessons();

const lessonPart = (lesson, found) => {
  const met = found.objectives.filter((one) => one.met);
  const facts = [
    found.read ? "Read to the end" : "Begun",
    `${found.quiz.right} of ${found.quiz.of} questions right`,
    ...(found.exercises.of ? [`${found.exercises.right} of ${found.exercises.of} exercises solved`] : []),
  ];
  const tasks = found.tasks.map((task) => `${task.id} ${points(task.points)} of ${points(task.max)}`);
  return element(
    "section", { "aria-labelledby": `certificate-${lesson.name}` },
    element("h2", { id: `certificate-${lesson.name}` }, `${lesson.number} · ${lesson.title}`),
    element("p", {}, `${facts.join("; ")}.`),
    ...(tasks.length ? [element("p", {}, `Points of exercises: ${tasks.join(", ")}.`)] : []),
    ...(met.length ? [
      element("p", {}, `Answered rightly at least once on ${met.length} of ${found.objectives.length} objectives:`),
      element("ul", {}, ...met.map(({ id, text }) => element("li", {}, element("strong", {}, id), ` ${text}`))),
    ] : []),
  );
};

const show = () => {
  const doc = load();
  const begun = all.map((lesson) => [lesson, summary(lesson, doc)]).filter(([, found]) => found.begun);
  const name = at("name").value.trim();
  at("who").textContent = name || "This learner";
  at("has").textContent = begun.length
    ? `has worked on ${begun.length} of the ${all.length} lessons of “Evaluating deep-learning models”.`
    : "has not answered or read anything here yet.";
  at("lessons").replaceChildren(...begun.map(([lesson, found]) => lessonPart(lesson, found)));
  at("date").textContent = date(new Date());
};

at("name").addEventListener("input", () => { at("who").textContent = at("name").value.trim() || "This learner"; });
// Enter in the field sends nothing anywhere.
document.querySelector("#certificate form").addEventListener("submit", (event) => event.preventDefault());
at("print").addEventListener("click", () => window.print());
document.addEventListener(CHANGED, show);
show();
document.querySelector("#certificate").hidden = false;
