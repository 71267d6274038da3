// Turns the plain questions of a quiz into a form that says at once what was right and why.
// It keeps nothing outside the quiz: any number of quizzes, and of copies of this script, may share a page.
(() => {
  "use strict";

  const MARKED = /(`[^`]+`|\*\*[^*]+\*\*)/;

  const element = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  // `code` and **bold** become elements; all else stays text, so a quiz cannot bring markup of its own.
  const formatted = (text) => text.split(MARKED).map((piece) => {
    if (!MARKED.test(piece)) return piece;
    return piece.startsWith("`") ? element("code", {}, piece.slice(1, -1)) : element("strong", {}, piece.slice(2, -2));
  });

  const paragraph = (text) => element("p", {}, ...formatted(text));

  // "0.75", "0,75", "75 %", "3/4" and "−1" are numbers; "1,000.5" is not, for its comma could mean two things.
  const parseNumber = (text) => {
    const plain = text.replace(/\s/g, "").replace(/[−–]/g, "-").replace(/,/g, ".");
    const number = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?";
    const match = new RegExp(`^(${number})(?:/(${number})|(%))?$`, "i").exec(plain);
    if (!match || Number(match[2]) === 0) return null;
    return Number(match[1]) / Number(match[2] ?? (match[3] ? 100 : 1));
  };

  // Each judge returns null when there is no answer yet, else whether it is right and the nodes that say why.
  const judgeSingle = (question, picked) => {
    if (picked.length === 0) return null;
    const answer = question.answers[picked[0]];
    return { right: answer.correct === true, unsure: answer.unsure, reasons: [paragraph(answer.feedback)] };
  };

  const judgeMultiple = (question, picked) => {
    if (picked.length === 0) return null;
    const wrong = picked.filter((index) => !question.answers[index].correct);
    const wanted = question.answers.filter((answer) => answer.correct).length;
    const missing = wanted - (picked.length - wrong.length);
    const right = wrong.length === 0 && missing === 0;
    const listed = right ? picked : wrong;
    const reasons = element("ul", {}, ...listed.map((index) => {
      const answer = question.answers[index];
      return element("li", {}, ...formatted(answer.text), " — ", ...formatted(answer.feedback));
    }));
    if (right) return { right, reasons: [reasons] };
    const lacking = missing === 1 ? "1 right answer is missing" : `${missing} right answers are missing`;
    if (wrong.length === 0) return { right, reasons: [paragraph(`What you chose is right, but ${lacking}.`)] };
    const mistaken = picked.length === 1
      ? "Your choice is wrong"
      : `${wrong.length} of your ${picked.length} choices ${wrong.length === 1 ? "is" : "are"} wrong`;
    return { right, reasons: [paragraph(missing > 0 ? `${mistaken} and ${lacking}.` : `${mistaken}.`), reasons] };
  };

  const judgeNumber = (question, value) => {
    if (value === null) return null;
    // A hair of slack, so that 0.755 counts as within 0.005 of 0.75 in binary arithmetic too.
    const near = (target) => Math.abs(value - target) <= question.tolerance * (1 + 1e-9);
    if (near(question.answer)) return { right: true, reasons: [paragraph(question.feedback.correct)] };
    const mistake = (question.mistakes ?? []).find((candidate) => near(candidate.value));
    return { right: false, reasons: [paragraph(mistake ? mistake.feedback : question.feedback.wrong)] };
  };

  const KINDS = {
    single: { help: "Choose one answer.", retry: "Choose an answer first.", judge: judgeSingle },
    multiple: { help: "Choose all that apply.", retry: "Choose at least one answer first.", judge: judgeMultiple },
    numeric: {
      help: "Write a number or a fraction.",
      retry: "Type a number first, such as 0.42, without a thousands separator.",
      judge: judgeNumber,
    },
  };

  const SHARE = "Write 0.42, 0,42, 42 % or 21/50: they mean the same.";

  const badge = (right) => element(
    "span", { class: `ek-badge ${right ? "ek-right" : "ek-wrong"}` },
    element("span", { "aria-hidden": "true" }, right ? "✓ " : "✗ "), right ? "Correct" : "Not quite",
  );

  // Returns the fields to show and a function that reads the answer they hold.
  const buildFields = (question, id) => {
    if (question.type === "numeric") {
      const described = `${id}-help ${id}-feedback`;
      // Not "decimal": on a phone those keys have no slash, and "45/50" is an answer.
      const attributes = { type: "text", inputmode: "text", autocomplete: "off", "aria-describedby": described };
      const input = element("input", attributes);
      const label = element("label", { class: "ek-number" }, "Your answer", input);
      return { fields: [label], read: () => parseNumber(input.value) };
    }
    const type = question.type === "single" ? "radio" : "checkbox";
    const inputs = question.answers.map(() => element("input", { type, name: id }));
    const fields = inputs.map((input, index) => element(
      "label", { class: "ek-choice" }, input, element("span", {}, ...formatted(question.answers[index].text)),
    ));
    return { fields, read: () => inputs.flatMap((input, index) => (input.checked ? [index] : [])) };
  };

  // Calls `report(right)` after each check. `solution` is the folded answer, kept back until a wrong try.
  const buildQuestion = (question, number, id, solution, report) => {
    const kind = KINDS[question.type];
    const { fields, read } = buildFields(question, id);
    const feedback = element("div", {
      class: "ek-feedback", id: `${id}-feedback`, role: "status", "aria-live": "polite",
    });
    const button = element(
      "button", { type: "button", "aria-label": number ? `Check answer to question ${number}` : "Check answer to the quick question" },
      element("span", {}, "Check answer"),
    );
    solution.hidden = true;
    const check = () => {
      const verdict = kind.judge(question, read());
      if (verdict === null) {
        feedback.replaceChildren(paragraph(kind.retry));
        return;
      }
      // Who says that they do not know claims nothing that could be wrong.
      feedback.replaceChildren(...(verdict.unsure ? [] : [element("p", {}, badge(verdict.right))]), ...verdict.reasons);
      if (!verdict.right) solution.hidden = false;
      report(verdict.right);
    };
    button.addEventListener("click", check);
    const body = element(
      "fieldset", { "aria-describedby": `${id}-help ${id}-feedback` },
      element("legend", {}, element("strong", {}, number ? `Question ${number}.` : "Quick question."), " ", ...formatted(question.question)),
      element("p", { class: "ek-help", id: `${id}-help` }, question.share ? SHARE : kind.help),
      ...fields, element("div", {}, button), feedback, solution,
    );
    // What was said about the last answer is not true of the next one.
    body.addEventListener("input", () => feedback.replaceChildren());
    body.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.type !== "text") return;
      event.preventDefault();
      check();
    });
    return body;
  };

  const enhance = (root) => {
    const { lesson, questions } = JSON.parse(root.querySelector(".ek-data").textContent);
    const fallback = root.querySelector(".ek-static");
    const solutions = fallback.querySelectorAll("details");
    const prefix = `ek-${Math.random().toString(36).slice(2)}`;
    const solved = questions.map(() => false);
    const score = element("p", { class: "ek-score", role: "status", "aria-live": "polite" });
    const count = () => {
      score.textContent = `${solved.filter(Boolean).length} of ${questions.length} answered correctly`;
    };
    // A question that stands alone in the text has no number and no score.
    const alone = questions.length === 1 && questions[0].block;
    // Who keeps progress listens, see progress.js; in a notebook nobody does.
    const tell = ({ id, objective }, right) => root.dispatchEvent(new CustomEvent("course:result", {
      bubbles: true, composed: true,
      detail: { kind: "quiz", lesson, id, right, points: Number(right), max: 1, objectives: [objective] },
    }));
    const form = questions.map((question, index) => buildQuestion(
      question, alone ? 0 : index + 1, `${prefix}-${index + 1}`, solutions[index],
      (right) => { solved[index] = right; count(); tell(question, right); },
    ));
    count();
    fallback.replaceWith(...form, ...(alone ? [] : [score]));
    // A notebook would read letters typed here as commands, such as "dd" for "delete the cell".
    root.addEventListener("keydown", (event) => event.stopPropagation());
  };

  // A notebook runs this script detached from its place, so it looks for its quiz instead of around itself.
  for (const root of document.querySelectorAll(".ek-quiz:not([data-ready])")) {
    root.setAttribute("data-ready", "");
    enhance(root);
  }
})();
