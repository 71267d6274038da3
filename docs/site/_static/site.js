// What scrolls by itself must be within reach of the keyboard.
function reachable() {
  for (const node of document.querySelectorAll("pre, .table-wrapper, .cell_output, mjx-container")) {
    if (node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight) node.tabIndex = 0;
    else node.removeAttribute("tabindex");
  }
}
addEventListener("load", () => {
  reachable();
  // Formulas have their size when they are set, in their letters.
  window.MathJax?.startup?.promise?.then(() => document.fonts.ready).then(reachable);
});
addEventListener("resize", reachable);
// The theme has two columns beside the text and names neither.
document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "All pages");
document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
