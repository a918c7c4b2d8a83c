import { onContent } from "./content.js";

export function printPage() {
  onContent((root) => {
    for (const button of root.querySelectorAll("[data-print]")) button.hidden = false;
    for (const hint of root.querySelectorAll("[data-print-by-hand]")) hint.hidden = true;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
  });
}
