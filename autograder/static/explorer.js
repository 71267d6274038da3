// Gives the threshold explorer its slider. Python has counted at every place of the slider and drawn one of them;
// this script looks the counts up, works the rates out, and moves the marks.
// It keeps nothing outside the explorer: any number of explorers, and of copies of this script, may share a page.
(() => {
  "use strict";

  const PAUSE = 600; // milliseconds without a change before a screen reader is told: a drag must not flood it

  const element = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  const whole = (count) => count.toLocaleString("en-US");
  const amount = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  const rate = (above, below) => (below === 0 ? "undefined" : (above / below).toFixed(3));
  const parts = (above, below) => `${whole(above)} / ${whole(below)}`;

  const countsAt = (data, place) => {
    const tp = data.tp[place], fp = data.fp[place];
    return { tp, fp, fn: data.positives - tp, tn: data.negatives - fp };
  };

  const costOf = (data, { fp, fn }) => fp * data.costFp + fn * data.costFn;

  // Every text that depends on the threshold, by the name in data-ek; `Sweep.at` in explorer.py writes the same.
  const textsAt = (data, place) => {
    const counts = countsAt(data, place), { tp, fp, fn, tn } = counts, yes = tp + fp;
    const threshold = data.labels[place];
    const times = yes === 1 ? "once" : `${whole(yes)} times`;
    return {
      threshold,
      tp: whole(tp), fp: whole(fp), fn: whole(fn), tn: whole(tn),
      "precision": rate(tp, yes), "precision-of": parts(tp, yes),
      "recall": rate(tp, data.positives), "recall-of": parts(tp, data.positives),
      "fpr": rate(fp, data.negatives), "fpr-of": parts(fp, data.negatives),
      "f1": rate(2 * tp, 2 * tp + fp + fn), "f1-of": parts(2 * tp, 2 * tp + fp + fn),
      "cost": amount(costOf(data, counts)),
      "cost-of": `${whole(fp)} × ${amount(data.costFp)} + ${whole(fn)} × ${amount(data.costFn)}`,
      "sentence": `At threshold ${threshold} the model says yes ${times}: ${whole(tp)} right, ${whole(fp)} wrong. `
        + `It misses ${whole(fn)} of ${whole(data.positives)} positives.`,
    };
  };

  // Where the marks stand; null hides one.
  const pointsAt = (data, place) => {
    const counts = countsAt(data, place), { tp, fp } = counts;
    return {
      roc: [fp / data.negatives, tp / data.positives],
      pr: tp + fp === 0 ? null : [tp / data.positives, tp / (tp + fp)],
      cost: [place / (data.labels.length - 1), costOf(data, counts) / data.costTop],
    };
  };

  const enhance = (root) => {
    const data = JSON.parse(root.querySelector(".ek-data").textContent);
    const mark = (name) => root.querySelector(`[data-ek-mark="${name}"]`);
    const texts = [...root.querySelectorAll("[data-ek]")];
    const sentence = root.querySelector(".ek-sentence");
    const live = root.querySelector(".ek-live");
    const control = root.querySelector(".ek-control");
    const last = data.labels.length - 1;

    const id = `ek-${Math.random().toString(36).slice(2)}`;
    const slider = element("input", { type: "range", id, min: 0, max: last, step: 1, value: data.start });
    slider.value = data.start;
    // The text about the slider becomes its label; the number in it goes on following the threshold.
    const label = element("label", { for: id }, "Threshold");
    control.firstChild.replaceWith(label, " ");
    control.querySelector(".ek-how").textContent = "Drag the slider, or use the arrow keys.";
    root.querySelector(".ek-track").append(slider);
    // The live region says the same sentence, once the slider rests; without this it would be read twice.
    sentence.setAttribute("aria-hidden", "true");

    const show = () => {
      const place = Number(slider.value);
      const said = textsAt(data, place);
      for (const node of texts) node.textContent = said[node.dataset.ek];
      slider.setAttribute("aria-valuetext", `${said.threshold}, precision ${said.precision}, recall ${said.recall}`);
      const x = data.left + ((data.right - data.left) * place) / last;
      mark("yes").setAttribute("x", x);
      mark("yes").setAttribute("width", data.right - x);
      mark("cut").setAttribute("x1", x);
      mark("cut").setAttribute("x2", x);
      for (const [name, point] of Object.entries(pointsAt(data, place))) {
        const dot = mark(name);
        if (dot === null) continue; // a page without curves
        dot.setAttribute("visibility", point === null ? "hidden" : "visible");
        if (point === null) continue;
        dot.setAttribute("cx", data.inset + data.side * point[0]);
        dot.setAttribute("cy", data.top + data.side * (1 - point[1]));
      }
      return said;
    };

    // A goal counts once the slider was moved to it, and stays reached.
    const goals = [...root.querySelectorAll("[data-ek-goal]")];
    let news = "";
    const judge = (said) => goals.forEach((goal, index) => {
      if (goal.classList.contains("ek-reached") || !data.goals[index].includes(Number(slider.value))) return;
      goal.classList.add("ek-reached");
      goal.querySelector(".ek-done").textContent = "✓";
      goal.querySelector(".ek-at").textContent = `— reached at ${said.threshold}`;
      news += `Goal ${index + 1} reached. `;
    });

    let waiting;
    slider.addEventListener("input", () => {
      const said = show();
      judge(said);
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        live.textContent = `${news}${said.sentence} F1 ${said.f1}, false positive rate ${said.fpr}, cost ${said.cost}.`;
        news = "";
      }, PAUSE);
    });
    // A notebook would read the arrow keys, and letters such as "dd", as its own commands.
    root.addEventListener("keydown", (event) => event.stopPropagation());
    show();
  };

  // A notebook runs this script detached from its place, so it looks for its explorer instead of around itself.
  for (const root of document.querySelectorAll(".ek-explorer:not(.ek-states, [data-ready])")) {
    root.setAttribute("data-ready", "");
    enhance(root);
  }
})();
