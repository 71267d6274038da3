// A box in which an exercise is written and checked. Python runs in a worker, so the page stays alive.
import { codeOf, dropCode, keepCode } from "./progress.js";

const INDENT = "    ";
// All calls together get three times the limit of one, running the code itself one more; then a second for the rest.
const LIMITS = 4;
const REST_MS = 1000;

let worker = null;
let last = Promise.resolve();

const stop = () => {
  worker?.terminate();
  worker = null;
};

const ask = (exercise, code, seconds, say) => new Promise((resolve, reject) => {
  const python = worker ?? new Worker(new URL("practice_worker.js", import.meta.url), { type: "module" });
  say(worker ? "Checking …" : "Starting Python, about 9 MB the first time …");
  worker = python;
  let timer = null; // from when on the learner's code runs
  const end = (why) => { clearTimeout(timer); stop(); resolve({ ended: why }); };
  const fail = (message) => { clearTimeout(timer); stop(); reject(new Error(message)); };
  const offline = (why) => fail(`${why}. Are you online? Try again.`);
  python.onerror = (event) => (timer === null ? offline(event.message || "the worker did not start") : end("by-itself"));
  python.onmessage = ({ data }) => {
    if (data.running) {
      say("Checking …");
      timer = setTimeout(() => end("from-outside"), LIMITS * seconds * 1000 + REST_MS);
    } else if (data.result) {
      clearTimeout(timer);
      resolve(data.result);
    } else if (timer === null) offline(data.error);
    // Python gives all that code raises as a result. Where it does not, it is no more; or the judge itself failed.
    else if (data.raised) fail(data.error);
    else end("by-itself");
  };
  python.postMessage({ exercise, code });
});

/** Check code against an exercise. Checks run one after the other, as the cells of a notebook do.
 * @param {string} exercise its id
 * @param {string} code
 * @param {number} seconds the limit of one call
 * @param {(text: string) => void} say is told what is going on
 * @returns {Promise<object>} what Page.check gives; or {ended: why}, if the code ended Python, or had to be ended from outside
 */
export const check = (exercise, code, seconds, say = () => {}) => {
  last = last.catch(() => {}).then(() => ask(exercise, code, seconds, say));
  return last;
};

// By a command, although it is an old one: no other way leaves the browser's undo whole.
const type = (area, text) => {
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
};

const edit = (area, event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const line = area.value.slice(0, area.selectionStart).split("\n").at(-1);
  if (event.key === "Enter") {
    event.preventDefault();
    type(area, `\n${line.match(/^ */)[0]}${/:\s*(#.*)?$/.test(line) ? INDENT : ""}`);
  } else if (event.key === "Backspace" && area.selectionStart === area.selectionEnd && /^( {4})+$/.test(line)) {
    event.preventDefault();
    area.selectionStart -= INDENT.length;
    document.execCommand("delete");
  }
};

const show = (box, { html, spoken, printed = "" }) => {
  const result = box.querySelector(".ek-result");
  result.innerHTML = html; // made by autograder.checking.verdict, which escapes all that is the learner's
  // What is new is spoken by the status alone, and briefly.
  result.firstElementChild.setAttribute("role", "group");
  if (printed) {
    const output = document.createElement("pre");
    output.tabIndex = 0;
    output.textContent = printed;
    result.prepend("Your code printed:", output);
  }
  const heard = document.createElement("span");
  heard.className = "ek-heard";
  heard.textContent = ` ${spoken}`;
  box.querySelector(".ek-status").replaceChildren("Checked.", heard);
};

// Who keeps progress listens; without a verdict the code had to be ended, and nothing of it was right.
const report = (box, verdict) => {
  const { exercise, lesson, objective, points } = box.dataset;
  const detail = {
    kind: "exercise", lesson, id: exercise, right: verdict?.passed ?? false,
    points: verdict?.points ?? 0, max: Number(points), objectives: [objective],
  };
  box.dispatchEvent(new CustomEvent("course:result", { bubbles: true, composed: true, detail }));
};

const enhance = (box) => {
  const { exercise, seconds } = box.dataset;
  const area = box.querySelector("textarea");
  const [button, reset] = box.querySelectorAll("button");
  const status = box.querySelector(".ek-status");
  const say = (text) => { status.textContent = text; };
  let busy = false;

  const run = async () => {
    if (busy) return;
    busy = true;
    button.setAttribute("aria-disabled", "true");
    try {
      const found = await check(exercise, area.value, Number(seconds), say);
      const template = found.ended && box.querySelector(`template[data-ended="${found.ended}"]`);
      show(box, template ? { html: template.innerHTML, spoken: template.dataset.spoken } : found);
      report(box, found.verdict);
    } catch (error) {
      say(`Python could not check this: ${error.message}`);
    } finally {
      busy = false;
      button.removeAttribute("aria-disabled");
    }
  };

  area.value = codeOf(exercise) ?? area.defaultValue;
  area.addEventListener("input", () => {
    if (area.value === area.defaultValue) dropCode(exercise);
    else keepCode(exercise, area.value);
    if (!busy) say(""); // "Checked" was said of other code; the hint stays, for it is being worked on
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      run();
    } else edit(area, event);
  });
  button.addEventListener("click", run);
  reset.addEventListener("click", () => {
    area.focus();
    area.select();
    type(area, area.defaultValue);
    if (!busy) say("The box is as it was at the beginning. To have your code back, undo.");
  });
  box.dataset.ready = "";
};

document.querySelectorAll(".ek-practice[data-exercise]:not([data-ready])").forEach(enhance);
