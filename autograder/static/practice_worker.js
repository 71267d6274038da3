// Python in a worker: it starts with the first check, and the page ends it where code does not come to an end.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const beside = (name) => new URL(name, import.meta.url).href;

const fetched = async (name) => {
  const response = await fetch(beside(name));
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return response;
};

const start = async () => {
  const [python, judge] = await Promise.all([
    loadPyodide({ indexURL: beside("pyodide/") }),
    fetched("judge.zip").then((response) => response.arrayBuffer()),
  ]);
  await python.loadPackage("numpy", { messageCallback: () => {} });
  python.FS.writeFile("/judge.zip", new Uint8Array(judge));
  python.runPython("import sys; sys.path.insert(0, '/judge.zip')");
  return python.pyimport("autograder.checking.page").Page();
};

// As text: JavaScript would turn 3.0 into 3.
const task = async (exercise) => (await fetched(`tasks/${exercise}.json`)).text();

let page = null;
const tasks = {};

self.onmessage = async ({ data: { exercise, code } }) => {
  try {
    page ??= start();
    tasks[exercise] ??= task(exercise);
    const [ready, text] = await Promise.all([page, tasks[exercise]]);
    self.postMessage({ running: true });
    self.postMessage({ result: JSON.parse(ready.check(code, text)) });
  } catch (error) {
    // Only what Python itself raises has a type.
    self.postMessage({ error: error.message || String(error), raised: error.type !== undefined });
  }
};
