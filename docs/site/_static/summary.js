// What the course holds, and what of it a learner has done.
import { partsOf } from "../practice/progress_record.js";

/** The address of a page or file of the site, from its top. */
export const address = (path) => new URL(path, new URL("..", import.meta.url)).href;

const fetched = async (path) => {
  const response = await fetch(address(path));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
};

let contents;
/** The lessons, as `autograder.authoring.site.contents` writes them. */
export const lessons = () => (contents ??= fetched("_static/contents.json"));

/** The questions of a lesson by their ids, as HTML. */
export const questionsOf = (lesson) => fetched(`_static/questions/${lesson}.json`);

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** What a document holds of a lesson. An objective is met by one right answer to what asks for it. */
export const summary = (lesson, doc) => {
  const held = Object.entries(doc.items).map(([key, item]) => ({ ...partsOf(key), ...item }))
    .filter((item) => item.lesson === lesson.name);
  const of = (kind, known) => held.filter((item) => item.kind === kind && known.some(({ id }) => id === item.id));
  const [quiz, tasks] = [of("quiz", lesson.quiz), of("exercise", lesson.exercises)];
  const explored = held.filter((item) => item.kind === "explore");
  const right = (items) => items.filter((item) => item.right).length;
  const met = new Set(held.filter((item) => item.right).flatMap((item) => item.objectives));
  const read = doc.read[lesson.name] ?? null;
  const done = read !== null && right(quiz) === lesson.quiz.length && right(tasks) === lesson.exercises.length;
  return {
    read,
    quiz: { right: right(quiz), answered: quiz.length, of: lesson.quiz.length },
    exercises: {
      right: right(tasks), of: lesson.exercises.length,
      points: sum(tasks.map((item) => item.points)), most: sum(lesson.exercises.map((task) => task.points)),
    },
    explored: { right: right(explored), answered: explored.length },
    again: quiz.filter((item) => item.box !== undefined).length,
    tasks,
    // A prediction need not be right: it is there to be made.
    missed: [...quiz, ...tasks].filter((item) => !item.right),
    objectives: Object.entries(lesson.objectives).map(([id, text]) => ({ id, text, met: met.has(id) })),
    begun: read !== null || held.length > 0,
    last: [read ?? "", ...held.map((item) => item.last)].sort().at(-1),
    done,
  };
};

/** Points as people write them. */
export const points = (number) => String(Math.round(number * 100) / 100);

/** A moment as a date where the learner is. */
export const date = (moment) => new Date(moment).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
