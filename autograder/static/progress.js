// Keeps the document of `progress_record.js` in this browser, and listens to what quizzes, exercises and explorables
// report. Nothing of it leaves the browser, but by the learner's own export.
import { MOST, empty, isResult, keyOf, merged, problemOf, recorded, wellFormed } from "./progress_record.js";

const KEY = "evalkit.progress";
// What could not be read is put aside and not lost.
const ASIDE = "evalkit.progress.unreadable";
export const CHANGED = "course:progress";

const NOT_KEPT = "This browser does not keep your progress: its storage is switched off or full."
  + " What you do here counts until you leave the page.";
const UNREADABLE = "The progress that this browser kept could not be read, and was put aside. It begins anew.";
const NEWER = "This browser keeps progress of a newer version of the course. It stays as it is, and nothing is added.";

let memory = empty(); // what counts where the browser keeps nothing
let kept = true;
let said = "";
const visited = new Set(); // the questions that were answered since the page was opened

/** What is wrong with the storage, as a sentence; empty if nothing is. */
export const trouble = () => said;

/** The document as it is now; other pages of this site may have changed it since. */
export const load = () => {
  if (!kept) return memory;
  let text;
  try {
    text = localStorage.getItem(KEY);
  } catch {
    [kept, said] = [false, NOT_KEPT];
    return memory;
  }
  if (text === null) return (memory = empty());
  let found = null;
  try { found = JSON.parse(text); } catch { /* not JSON: null is no document either */ }
  if (problemOf(found) === null) return (memory = found);
  if (found?.version > 1) {
    [kept, said] = [false, NEWER];
  } else {
    said = UNREADABLE;
    try {
      localStorage.setItem(ASIDE, text);
      localStorage.removeItem(KEY);
    } catch {
      [kept, said] = [false, NOT_KEPT];
    }
  }
  return (memory = empty());
};

const save = (doc) => {
  const problem = problemOf(doc);
  // What could not be read again would be the end of all that is kept.
  if (problem !== null) throw new Error(problem);
  memory = doc;
  if (!kept) return;
  try {
    localStorage.setItem(KEY, JSON.stringify(doc));
  } catch {
    [kept, said] = [false, NOT_KEPT];
  }
};

const tell = () => document.dispatchEvent(new CustomEvent(CHANGED));

/** Change the document by a function of it. */
export const update = (change) => {
  save(change(load()));
  tell();
};

/** The code of an exercise that was written in this browser, or null. */
export const codeOf = (exercise) => load().code[exercise]?.text ?? null;

/** Keep the code of an exercise. More than any answer needs is not kept: it would fill the storage. */
export const keepCode = (exercise, text) => {
  if (text.length > MOST.code) return;
  const doc = load();
  save({ ...doc, code: { ...doc.code, [exercise]: { text: wellFormed(text), at: new Date().toISOString() } } });
};

/** Forget the code of an exercise: the box is as it was at the beginning. */
export const dropCode = (exercise) => {
  const doc = load();
  const { [exercise]: _, ...code } = doc.code;
  save({ ...doc, code });
};

/** Add a file's text to what is here. Returns the sentence to say; where the file is none, nothing changes. */
export const importText = (text) => {
  let found = null;
  if (text.length <= MOST.file) {
    try { found = JSON.parse(text); } catch { /* not JSON: null is no document either */ }
  }
  const problem = problemOf(found);
  if (problem !== null) return { done: false, sentence: `${problem} Nothing was changed.` };
  const mine = load();
  const both = merged(mine, found);
  const replaced = Object.keys(found.code).filter((name) => mine.code[name] && mine.code[name].text !== both.code[name].text);
  save(both);
  tell();
  const count = Object.keys(found.items).length;
  const newer = replaced.length ? ` The file's code was newer than yours here, and stands in its place: ${replaced.join(", ")}.` : "";
  return { done: true, sentence: `Imported: ${count} ${count === 1 ? "answer" : "answers"}.${newer}` };
};

/** Forget everything, what was put aside too. */
export const forget = () => {
  try {
    localStorage.removeItem(KEY);
    localStorage.removeItem(ASIDE);
  } catch { /* nothing is kept there */ }
  visited.clear();
  memory = empty();
  tell();
};

// Beside what was answered, once on a page.
const sayTrouble = (widget) => {
  if (!said || !(widget instanceof Element) || document.querySelector(".ek-not-kept")) return;
  const words = document.createElement("p");
  words.className = "ek-not-kept";
  words.setAttribute("role", "status");
  widget.after(words);
  words.textContent = said;
};

document.addEventListener("course:result", (event) => {
  if (!isResult(event.detail)) return;
  const key = keyOf(event.detail);
  update((doc) => recorded(doc, event.detail, new Date(), !visited.has(key)));
  visited.add(key);
  sayTrouble(event.target);
});

// Another page of this site, open at the same time, has changed it.
addEventListener("storage", (event) => {
  if (event.key === KEY || event.key === null) tell();
});
