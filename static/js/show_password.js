import { onContent } from "./content.js";

export function showPassword() {
  onContent((root) => {
    for (const box of root.querySelectorAll("[data-password]:not(:has(button))")) addToggle(box);
  });
  // Sent as a password, or the browser would keep it among the words it offers for plain fields.
  document.addEventListener("submit", () => {
    for (const button of document.querySelectorAll(".password__toggle[aria-pressed=true]")) button.click();
  }, { capture: true });
}

function addToggle(box) {
  const input = box.querySelector("input");
  if (!input || input.disabled) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "password__toggle";
  button.setAttribute("aria-controls", input.id);
  const label = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", shown ? "Hide what is typed" : "Show what is typed");
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => label(input.type === "password"));
  label(false);
  box.append(button);
}
