// Gives a picture its slider: Python has prepared the texts and marks of every place, this script shows those of one.
// It keeps nothing outside its own section: any number of them, and of copies of this script, may share a page.
(() => {
  "use strict";

  const PAUSE = 600; // milliseconds without a change before a screen reader is told: a drag must not flood it

  const element = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  const enhance = (root) => {
    const { states, start, label } = JSON.parse(root.querySelector(".ek-data").textContent);
    const texts = [...root.querySelectorAll("[data-ek]")];
    const marks = [...root.querySelectorAll("[data-ek-mark]")];
    const control = root.querySelector(".ek-control");
    const live = root.querySelector(".ek-live");

    const id = `ek-${Math.random().toString(36).slice(2)}`;
    const slider = element("input", { type: "range", id, min: 0, max: states.length - 1, step: 1, value: start });
    slider.value = start;
    // The text about the slider becomes its label; the number in it goes on following the slider.
    control.firstChild.replaceWith(element("label", { for: id }, label), " ");
    control.querySelector(".ek-how").textContent = "Drag the slider, or use the arrow keys.";
    root.querySelector(".ek-track").append(slider);
    // The live region says the same sentence, once the slider rests; without this it would be read twice.
    root.querySelector(".ek-sentence").setAttribute("aria-hidden", "true");

    const show = () => {
      const state = states[Number(slider.value)];
      for (const node of texts) node.textContent = state.texts[node.dataset.ek];
      for (const node of marks) {
        for (const [name, value] of Object.entries(state.marks[node.dataset.ekMark])) node.setAttribute(name, value);
      }
      slider.setAttribute("aria-valuetext", state.texts.value);
      return state;
    };

    let waiting;
    slider.addEventListener("input", () => {
      const state = show();
      clearTimeout(waiting);
      waiting = setTimeout(() => { live.textContent = state.texts.sentence; }, PAUSE);
    });
    // A notebook would read the arrow keys, and letters such as "dd", as its own commands.
    root.addEventListener("keydown", (event) => event.stopPropagation());
    show();
  };

  // A notebook runs this script detached from its place, so it looks for its sections instead of around itself.
  for (const root of document.querySelectorAll(".ek-states:not([data-ready])")) {
    root.setAttribute("data-ready", "");
    enhance(root);
  }
})();
