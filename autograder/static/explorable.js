// Explorables: a question first, then sliders, a picture that follows them, and goals that are checked at once.
// Python has drawn one state of the picture, which stays where scripts do not run. A model says what the other states
// show: a text for each element with data-ek, and attributes for each with data-ek-mark.
// It keeps nothing outside the explorable: any number of them, and of copies of this script, may share a page.
(() => {
  "use strict";

  const PAUSE = 600; // milliseconds without a change before a screen reader is told: a drag must not flood it

  const element = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  // ------------------------------------------------------------------------------------------------------------ models
  const whole = (count) => count.toLocaleString("en-US");
  const amount = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  const rate = (above, below) => (below === 0 ? "undefined" : (above / below).toFixed(3));
  const parts = (above, below) => `${whole(above)} / ${whole(below)}`;

  // Python has counted at every threshold; what follows from the counts is worked out here, as `Sweep.at` does.
  const threshold = (data, [place]) => {
    const { positives, negatives, labels } = data, label = labels[place];
    const tp = data.tp[place], fp = data.fp[place], fn = positives - tp, tn = negatives - fp, yes = tp + fp;
    const cost = fp * data.costFp + fn * data.costFn;
    const texts = {
      "threshold": label,
      tp: whole(tp), fp: whole(fp), fn: whole(fn), tn: whole(tn),
      "precision": rate(tp, yes), "precision-of": parts(tp, yes),
      "recall": rate(tp, positives), "recall-of": parts(tp, positives),
      "fpr": rate(fp, negatives), "fpr-of": parts(fp, negatives),
      "f1": rate(2 * tp, 2 * tp + fp + fn), "f1-of": parts(2 * tp, 2 * tp + fp + fn),
      "cost": amount(cost),
      "cost-of": `${whole(fp)} × ${amount(data.costFp)} + ${whole(fn)} × ${amount(data.costFn)}`,
      "sentence": `At threshold ${label} the model says yes ${yes === 1 ? "once" : `${whole(yes)} times`}: `
        + `${whole(tp)} right, ${whole(fp)} wrong. It misses ${whole(fn)} of ${whole(positives)} positives.`,
    };
    texts.value = `${label}, precision ${texts.precision}, recall ${texts.recall}`;
    texts.spoken = `${texts.sentence} F1 ${texts.f1}, false positive rate ${texts.fpr}, cost ${texts.cost}.`;
    const x = data.left + ((data.right - data.left) * place) / (labels.length - 1);
    const dot = (across, up) => ({
      cx: data.inset + data.side * across, cy: data.top + data.side * (1 - up), visibility: "visible",
    });
    const marks = {
      yes: { x, width: data.right - x },
      cut: { x1: x, x2: x },
      roc: dot(fp / negatives, tp / positives),
      pr: yes === 0 ? { visibility: "hidden" } : dot(tp / positives, tp / yes),
      cost: dot(place / (labels.length - 1), cost / data.costTop),
    };
    return { texts, marks };
  };

  // A box of the size of the true one, at a place in squares; `boxes.py` writes the same texts.
  const boxes = ({ box: [x1, y1, x2, y2], square }, [x, y]) => {
    const left = Math.max(x, x1), top = Math.max(y, y1);
    const wide = Math.max(0, Math.min(x, x1) + x2 - x1 - left), high = Math.max(0, Math.min(y, y1) + y2 - y1 - top);
    const shared = wide * high, union = 2 * (x2 - x1) * (y2 - y1) - shared, iou = (shared / union).toFixed(3);
    const texts = {
      x, y, "at": `${x} from the left, ${y} from the top`, "value": `${x}, IoU ${iou}`, "value-y": `${y}, IoU ${iou}`,
      "sentence": `The found box is ${x} squares from the left and ${y} from the top. Both boxes share ${shared} squares `
        + `and cover ${union} together: IoU ${iou}.`,
    };
    const marks = {
      shared: { x: square * left, y: square * top, width: square * wide, height: square * high },
      found: { x: square * x, y: square * y },
      // Above the box, or at the upper edge of the picture inside it.
      name: { x: square * x + 4, y: y === 0 ? 14 : square * y - 5 },
    };
    return { texts, marks };
  };

  const MODELS = {
    // Python has worked out all there is to show at each place of the slider.
    table: (data, [place]) => data.states[place],
    threshold,
    boxes,
  };

  // ------------------------------------------------------------------------------------------------------ one of them
  const enhance = (root) => {
    const data = JSON.parse(root.querySelector(".ek-data").textContent);
    const all = (selector) => [...root.querySelectorAll(selector)];
    const texts = all("[data-ek]"), marks = all("[data-ek-mark]"), controls = all(".ek-control");
    const live = root.querySelector(".ek-live"), how = root.querySelector(".ek-how");

    const sliders = data.sliders.map(({ label, max, start }, index) => {
      const id = `ek-${Math.random().toString(36).slice(2)}`;
      const slider = element("input", { type: "range", id, min: 0, max, step: 1, value: start });
      slider.value = start;
      // The text about the slider becomes its label; the number in it goes on following the slider.
      controls[index].firstChild.replaceWith(element("label", { for: id }, label), " ");
      all(".ek-track")[index].append(slider);
      return slider;
    });
    // The live region says the same sentence, once the slider rests; without this it would be read twice.
    root.querySelector(".ek-sentence").setAttribute("aria-hidden", "true");

    // Whoever keeps results listens for this event; without a listener nothing comes of it.
    const report = (part, right) => {
      if (!data.about) return;
      const { lesson, id, objectives } = data.about;
      const detail = { kind: "explore", lesson, id: `${id}/${part}`, right, points: Number(right), max: 1, objectives };
      root.dispatchEvent(new CustomEvent("course:result", { detail, bubbles: true, composed: true }));
    };

    const show = () => {
      const state = MODELS[data.model](data, sliders.map((slider) => Number(slider.value)));
      for (const node of texts) node.textContent = state.texts[node.dataset.ek];
      for (const node of marks) {
        for (const [name, value] of Object.entries(state.marks[node.dataset.ekMark])) node.setAttribute(name, value);
      }
      sliders.forEach((slider, index) => slider.setAttribute("aria-valuetext", state.texts[data.sliders[index].says]));
      return state.texts;
    };

    // A goal counts once a slider was moved to it, and stays reached.
    const goals = all("[data-ek-goal]");
    let news = "";
    const judge = (said) => {
      const place = sliders.reduce((flat, slider) => flat * (Number(slider.max) + 1) + Number(slider.value), 0);
      goals.forEach((goal, index) => {
        if (goal.classList.contains("ek-reached") || !data.goals[index].includes(place)) return;
        goal.classList.add("ek-reached");
        goal.querySelector(".ek-done").textContent = "✓";
        goal.querySelector(".ek-at").textContent = `— reached at ${said[data.at]}`;
        news += `Goal ${index + 1} reached. `;
        report(`goal-${index + 1}`, true);
      });
    };

    let waiting;
    const moved = () => {
      const said = show();
      judge(said);
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        live.textContent = news + (said.spoken ?? said.sentence);
        news = "";
      }, PAUSE);
    };
    for (const slider of sliders) slider.addEventListener("input", moved);

    // What can be dragged in the picture moves the sliders by as much as the pointer has moved.
    for (const handle of all("[data-ek-drag]")) {
      const svg = handle.ownerSVGElement;
      const at = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      let from = null;
      handle.addEventListener("pointerdown", (event) => {
        if (sliders[0].disabled) return;
        event.preventDefault();
        handle.setPointerCapture(event.pointerId);
        from = { point: at(event), places: sliders.map((slider) => Number(slider.value)) };
      });
      handle.addEventListener("pointermove", (event) => {
        if (from === null) return;
        const point = at(event);
        data.sliders.forEach(({ along: [axis, first, last], max }, index) => {
          const share = (point[axis] - from.point[axis]) / (last - first);
          sliders[index].value = Math.round(from.places[index] + max * share);
        });
        moved();
      });
      for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => { from = null; });
    }

    const free = () => {
      for (const slider of sliders) slider.disabled = false;
      root.classList.remove("ek-locked");
      const first = all("[data-ek-drag]").length > 0 ? "Drag it in the picture, drag" : "Drag";
      how.textContent = `${first} the slider${sliders.length > 1 ? "s" : ""}, or use the arrow keys.`;
    };

    // Any answer frees the sliders, and gets its reason. There is one try: afterwards the picture has shown it.
    const ask = (answers) => {
      for (const slider of sliders) slider.disabled = true;
      root.classList.add("ek-locked");
      how.textContent = "Answer first: then it moves.";
      const why = element("p", { class: "ek-why" });
      const buttons = answers.map((answer) => element("button", { type: "button" }, answer.text));
      const choose = (chosen) => {
        if (!root.classList.contains("ek-locked")) return;
        const { right, why: reason } = answers[chosen];
        buttons.forEach((button, index) => {
          button.setAttribute("aria-disabled", "true");
          if (index === chosen) button.setAttribute("aria-pressed", "true");
          if (answers[index].right) button.prepend("✓ ");
          else if (index === chosen) button.prepend("✗ ");
        });
        why.append(element("strong", {}, right ? "Right." : "Not quite."), ` ${reason}`);
        free();
        live.textContent = `${why.textContent} ${how.textContent}`;
        report("predict", right);
      };
      buttons.forEach((button, index) => button.addEventListener("click", () => choose(index)));
      const box = root.querySelector(".ek-question");
      box.querySelector("ul").replaceWith(
        element("div", { class: "ek-answers", role: "group", "aria-label": "Your prediction" }, ...buttons), why,
      );
      box.querySelector("details").remove();
    };

    // A notebook would read the arrow keys, and letters such as "dd", as its own commands.
    root.addEventListener("keydown", (event) => event.stopPropagation());
    show();
    if (data.answers.length > 0) ask(data.answers);
    else free();
  };

  // A notebook runs this script detached from its place, so it looks for its explorables instead of around itself.
  for (const root of document.querySelectorAll(".ek-explorer:not([data-ready])")) {
    root.setAttribute("data-ready", "");
    enhance(root);
  }
})();
