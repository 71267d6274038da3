// "From earlier lessons": questions that were missed there are asked again at the top of a later lesson, before it begins.
import { load } from "../practice/progress.js";
import { dayOf, dueIn, partsOf } from "../practice/progress_record.js";
import { element } from "./element.js";
import { address, lessons, questionsOf } from "./summary.js";

/** Fill a lesson's section with what is due; it stays hidden where nothing is. */
export const review = async (section, today = dayOf(new Date())) => {
  const doc = load();
  // Most visits have nothing to ask: they load nothing.
  if (dueIn(doc, () => true, today).length === 0) return;
  const all = await lessons();
  const here = all.findIndex((lesson) => lesson.name === section.dataset.lesson);
  // A question that the course has no more is not asked.
  const known = (key) => {
    const { lesson, id } = partsOf(key);
    return all.slice(0, here).some(({ name, quiz }) => name === lesson && quiz.some((question) => question.id === id));
  };
  const there = dueIn(doc, known, today).map(partsOf);
  if (there.length === 0) return;
  const banks = Object.fromEntries(await Promise.all(
    [...new Set(there.map(({ lesson }) => lesson))].map(async (name) => [name, await questionsOf(name)]),
  ));
  section.append(
    element("h2", { id: "course-review-title" }, "From earlier lessons"),
    element("p", {}, `You missed ${there.length === 1 ? "this" : "these"} before. Try again before you read on: what one has to call to mind, one keeps.`),
    ...there.map(({ lesson, id }) => {
      const { number, title, page } = all.find(({ name }) => name === lesson);
      const holder = element("div", {});
      holder.innerHTML = banks[lesson][id]; // made by autograder.lesson.quiz, which escapes all text
      holder.prepend(element("p", {}, "Lesson ", element("a", { href: address(page) }, `${number} · ${title}`)));
      return holder;
    }),
  );
  section.hidden = false;
  document.head.append(element("link", { rel: "stylesheet", href: address("_static/quiz.css") }));
  // It turns all questions of the page into forms that are none yet.
  document.body.append(element("script", { src: address("_static/quiz.js") }));
};
