import { announce } from "./announce.js";
import { onContent } from "./content.js";
import { hold, release } from "./submit_once.js";

export function copyLink() {
  if (!navigator.clipboard) return;
  onContent((root) => {
    for (const button of root.querySelectorAll("button[data-copy]")) button.hidden = false;
  });
  document.addEventListener("click", copyField);
  document.addEventListener("submit", copyAnswer);
}

async function copyField(event) {
  const button = event.target.closest("button[data-copy]");
  const field = button && document.querySelector(button.dataset.copy);
  if (!field) return;
  try {
    await navigator.clipboard.writeText(field.value);
    say(button, "Copied", "Copied");
  } catch {
    field.select();
    announce("Could not copy by itself. The text is selected: copy it with your keyboard.");
  }
}

async function copyAnswer(event) {
  const form = event.target;
  if (!form.matches("form[data-copy-link]") || event.defaultPrevented) return;
  event.preventDefault();
  if (!hold(form)) return;
  try {
    await write(ask(form, new FormData(form, event.submitter)));
    say(event.submitter, "Copied", "Invitation link copied");
    release(form);
  } catch {
    // The page the server shows instead has the link in a field.
    form.submit();
  }
}

async function ask(form, body) {
  const url = new URL(form.getAttribute("action") ?? "", document.baseURI);
  const response = await fetch(url, { method: "POST", body, headers: { Accept: "text/plain", "X-Requested-With": "fetch" } });
  const plain = response.headers.get("Content-Type")?.startsWith("text/plain");
  if (!response.ok || response.redirected || !plain) throw new Error("No link in the answer");
  return (await response.text()).trim();
}

// Safari lets only the click itself write, so it is given the promise of the text rather than the text.
function write(text) {
  if (!window.ClipboardItem) return text.then((words) => navigator.clipboard.writeText(words));
  const blob = text.then((words) => new Blob([words], { type: "text/plain" }));
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

function say(button, label, words) {
  announce(words);
  const text = button?.querySelector("[data-text]");
  if (!text || text.textContent === label) return;
  const before = text.textContent;
  text.textContent = label;
  setTimeout(() => (text.textContent = before), 2500);
}
