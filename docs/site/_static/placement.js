// The placement quiz: the first answer to each of ten questions, and what follows for where to begin.
import { update } from "../practice/progress.js";
import { element } from "./element.js";
import { address, lessons, questionsOf } from "./summary.js";

const holder = document.querySelector("#placement");
const said = document.querySelector("#placement-said");
const [all, { html, questions }] = await Promise.all([lessons(), questionsOf("placement")]);
const first = new Map(); // by question: whether the first answer was right

const named = (lesson) => `${lesson.number} · ${lesson.title}`;
const link = (lesson) => element("a", { href: address(lesson.page) }, named(lesson));
const listed = (found) => found.map(({ lesson }) => lesson.number).join(", ");
const plural = (found) => (found.length === 1 ? "lesson" : "lessons");

// A lesson that this site does not have cannot be a place to begin.
const asked = questions.map((question) => ({ ...question, lesson: all.find(({ name }) => name === question.lesson) }))
  .filter(({ lesson }) => lesson);

const why = ({ id, lesson, objective }) => {
  const text = lesson.objectives[objective];
  return first.has(id)
    ? `Your answer to its question was not right. There you learn to ${text}.`
    : `You left its question open. There you learn to ${text}.`;
};

const say = () => {
  const known = asked.filter(({ id }) => first.get(id));
  const open = asked.filter(({ id }) => !first.get(id));
  const begin = open[0] ?? asked.at(-1);
  const before = known.filter(({ lesson }) => lesson.number < begin.lesson.number);
  const after = known.filter(({ lesson }) => lesson.number > begin.lesson.number);
  said.replaceChildren(
    element("h2", { tabindex: "-1" }, `Begin with lesson ${begin.lesson.number}`),
    element("p", {}, link(begin.lesson), open.length
      ? `. ${why(begin)}`
      : ". You knew what all of these ask. One question a lesson is little evidence: the exercises of any lesson show whether you can do it, too."),
    ...(open.length && before.length ? [element("p", {}, `You knew what was asked of ${plural(before)} ${listed(before)}.`)] : []),
    ...(open.length && after.length ? [element("p", {}, `Of ${plural(after)} ${listed(after)} as well: read them faster, and try their exercises.`)] : []),
    ...(open.length > 1 ? [element("p", {}, `Also not known yet: ${plural(open.slice(1))} ${listed(open.slice(1))}.`)] : []),
  );
  update((doc) => ({ ...doc, placement: { begin: begin.lesson.name, at: new Date().toISOString() } }));
};

holder.innerHTML = html; // made by autograder.lesson.quiz, which escapes all text
holder.addEventListener("course:result", ({ detail }) => {
  if (first.has(detail.id)) return;
  first.set(detail.id, detail.right);
  if (first.size === questions.length) say();
});
document.querySelector("#placement-say").addEventListener("click", () => {
  say();
  said.querySelector("h2").focus();
});
document.head.append(element("link", { rel: "stylesheet", href: address("_static/quiz.css") }));
document.body.append(element("script", { src: address("_static/quiz.js") }));
document.querySelectorAll("#placement, #placement ~ .course-buttons").forEach((node) => { node.hidden = false; });
