// What a browser knows of a learner, as one plain document: what was answered, the code of the exercises, what was read.
// Everything here is a function of its arguments. `progress.js` keeps the document, `autograder progress` reads its
// file, and tests/browser/test_progress_record.py holds both to the same rules.

export const FORMAT = "evalkit-course-progress";
export const VERSION = 1;
// A file is somebody else's until it was looked at: more than this no course holds.
export const MOST = { file: 4_000_000, items: 2_000, codes: 200, code: 20_000, objectives: 20, points: 1_000, tries: 1e6 };

// Spaced repetition after Leitner. A question answered wrong lies in box 0, and is asked again in the next of the later
// lessons. A right answer to a question that is due moves it a box up, where it rests for this many days; out of the
// last box it is learned. A wrong answer moves it back to box 0. Of several answers in one visit to a page only the
// first can move it up: the next ones come after the explanation.
export const REST_DAYS = [0, 1, 3, 7];

const KINDS = ["quiz", "exercise", "explore"];
const LESSON = /^\d\d_[a-z][a-z0-9_]{0,60}$/;
const ITEM = /^\d\d_[a-z][a-z0-9_]{0,60}\/(quiz|exercise|explore)\/[A-Za-z0-9][\w./-]{0,99}$/;
const EXERCISE = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;
const OBJECTIVE = /^[A-Z]{2}\.\d{1,3}$/;
// Read by characters, a surrogate is one without its other half, which no file can hold.
const HALF_A_CHARACTER = /[\ud800-\udfff]/gu;

export const wellFormed = (text) => text.replace(HALF_A_CHARACTER, "\ufffd");

export const empty = () => ({ format: FORMAT, version: VERSION, items: {}, code: {}, read: {} });

export const keyOf = ({ lesson, kind, id }) => `${lesson}/${kind}/${id}`;

export const partsOf = (key) => {
  const [lesson, kind, ...id] = key.split("/");
  return { lesson, kind, id: id.join("/") }; // parts of an explorable have a slash between them
};

// ---- Days. A day is the learner's own, so that what was missed in the evening can be asked in the morning.

/** The day of a moment where the learner is, as "2026-11-30". */
export const dayOf = (moment) => new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

const daysLater = (day, days) => new Date(Date.parse(`${day}T00:00:00.000Z`) + days * 86_400_000).toISOString().slice(0, 10);

// ---- What a document may hold.

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isMoment = (value) => typeof value === "string" && value >= "0001" && value.length === 24
  && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;
const isDay = (value) => typeof value === "string" && isMoment(`${value}T00:00:00.000Z`);
const isNumber = (value, most) => typeof value === "number" && value >= 0 && value <= most;
const isWhole = (value, most) => isNumber(value, most) && Number.isInteger(value);
const has = (value, needed, allowed = []) => isObject(value)
  && needed.every((name) => Object.hasOwn(value, name))
  && Object.keys(value).every((name) => needed.includes(name) || allowed.includes(name));

const isItem = (item) => has(item, ["objectives", "right", "points", "max", "tries", "first", "last"], ["box", "due"])
  && Array.isArray(item.objectives) && item.objectives.length <= MOST.objectives
  && item.objectives.every((name) => typeof name === "string" && OBJECTIVE.test(name))
  && typeof item.right === "boolean"
  && isNumber(item.max, MOST.points) && isNumber(item.points, item.max)
  && isWhole(item.tries, MOST.tries) && item.tries >= 1
  && isMoment(item.first) && isMoment(item.last)
  && Object.hasOwn(item, "box") === Object.hasOwn(item, "due")
  && (!Object.hasOwn(item, "box") || (isWhole(item.box, REST_DAYS.length - 1) && isDay(item.due)));

const isCode = (code) => has(code, ["text", "at"])
  && typeof code.text === "string" && code.text.length <= MOST.code && code.text === wellFormed(code.text) && isMoment(code.at);

const all = (value, most, name, fits) => isObject(value) && Object.keys(value).length <= most
  && Object.entries(value).every(([key, held]) => name.test(key) && fits(held));

/** What keeps a value from being such a document, as a sentence; null if nothing does. */
export const problemOf = (found) => {
  if (!isObject(found) || found.format !== FORMAT) return "This is not a file of progress that this course has written.";
  if (found.version !== VERSION) return "This file was written by another version of the course, which this one cannot read.";
  const sound = has(found, ["format", "version", "items", "code", "read"], ["placement"])
    && all(found.items, MOST.items, ITEM, isItem)
    && all(found.code, MOST.codes, EXERCISE, isCode)
    && all(found.read, MOST.codes, LESSON, isMoment)
    && (found.placement === undefined
      || (has(found.placement, ["begin", "at"]) && typeof found.placement.begin === "string"
        && LESSON.test(found.placement.begin) && isMoment(found.placement.at)));
  return sound ? null : "This file of progress is damaged: something in it is not as this course writes it.";
};

/** Whether the detail of an event `course:result` is one. Whatever in a page is answered reports it so, bubbling:
 * `kind` ("quiz", "exercise" or "explore"), `lesson` ("03_precision_recall"), `id` (the same in every version of the
 * course), `right`, `points` of `max`, and `objectives` (["PR.2"]). */
export const isResult = (detail) => isObject(detail) && KINDS.includes(detail.kind)
  && typeof detail.id === "string" && ITEM.test(keyOf(detail))
  && isItem({
    objectives: detail.objectives, right: detail.right, points: detail.points, max: detail.max,
    tries: 1, first: new Date(0).toISOString(), last: new Date(0).toISOString(),
  });

// ---- What changes it.

const box = (before, { kind, right }, day, firstOfVisit) => {
  if (kind !== "quiz") return {};
  if (!right) return { box: 0, due: day };
  if (before?.box === undefined) return {};
  if (!firstOfVisit || before.due > day) return { box: before.box, due: before.due };
  const up = before.box + 1;
  return up < REST_DAYS.length ? { box: up, due: daysLater(day, REST_DAYS[up]) } : {};
};

/** The document with a result in it. The best answer to an item counts; `firstOfVisit`: see `REST_DAYS`. */
export const recorded = (doc, result, moment, firstOfVisit) => {
  const key = keyOf(result);
  const before = doc.items[key];
  const now = moment.toISOString();
  const item = {
    objectives: [...result.objectives],
    right: result.right || (before?.right ?? false),
    points: Math.min(Math.max(result.points, before?.points ?? 0), result.max),
    max: result.max,
    tries: Math.min((before?.tries ?? 0) + 1, MOST.tries),
    first: before?.first ?? now,
    last: now,
    ...box(before, result, dayOf(moment), firstOfVisit),
  };
  return { ...doc, items: { ...doc.items, [key]: item } };
};

const newer = (mine, theirs, moment) => {
  if (mine === undefined || theirs === undefined) return mine ?? theirs;
  if (mine[moment] !== theirs[moment]) return mine[moment] > theirs[moment] ? mine : theirs;
  // Of the same moment: whichever it is, it must not depend on who imports from whom.
  return JSON.stringify(mine) > JSON.stringify(theirs) ? mine : theirs;
};

const mergedItem = (mine, theirs) => {
  const last = newer(mine, theirs, "last");
  if (mine === undefined || theirs === undefined) return last;
  const [one, other] = [mine, theirs];
  return {
    ...last,
    right: one.right || other.right,
    points: Math.min(Math.max(one.points, other.points), last.max),
    tries: Math.max(one.tries, other.tries),
    first: one.first < other.first ? one.first : other.first,
  };
};

const union = (mine, theirs, join) => Object.fromEntries(
  [...new Set([...Object.keys(mine), ...Object.keys(theirs)])].sort().map((key) => [key, join(mine[key], theirs[key])]),
);

/** Two documents as one: of an item the best answer, of code the newer one. Merged twice, or the other way round, it is
 * the same document. */
export const merged = (mine, theirs) => {
  const placement = newer(mine.placement, theirs.placement, "at");
  return {
    ...empty(),
    items: union(mine.items, theirs.items, mergedItem),
    code: union(mine.code, theirs.code, (one, other) => newer(one, other, "at")),
    read: union(mine.read, theirs.read, (one, other) => (one ?? other) < (other ?? one) ? one : other ?? one),
    ...(placement && { placement }),
  };
};

// ---- What is read from it.

/** The questions to ask again on a day, by their keys: of those that fit, at most `most`, the least known first. */
export const dueIn = (doc, fits, day, most = 3) => Object.entries(doc.items)
  .filter(([key, item]) => item.box !== undefined && item.due <= day && fits(key))
  .sort(([key, one], [other, two]) => one.box - two.box || (one.last < two.last ? -1 : one.last > two.last ? 1 : key < other ? -1 : 1))
  .slice(0, most)
  .map(([key]) => key);
