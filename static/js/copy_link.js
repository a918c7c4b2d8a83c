import { announce } from "./announce.js";
import { closePrompt, pageIn, renewTokens } from "./answers.js";
import { onContent } from "./content.js";
import { clearFailure, showFailure } from "./failure.js";
import { answer, post } from "./reverify_dialog.js";
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

// The password is asked for in a dialog, whose form copies in its turn: only the click that sends it may write.
async function copyAnswer(event) {
  const form = event.target;
  if (!form.matches("form[data-copy-link]") || event.defaultPrevented) return;
  const { submitter } = event;
  const body = new FormData(form, submitter);
  event.preventDefault();
  if (!hold(form)) return;
  clearFailure();
  const response = post(form, new URL(form.getAttribute("action"), document.baseURI), body);
  const copied = await write(response.then(linkIn)).then(() => true, () => false);
  let leaving = false;
  try {
    leaving = copied ? say(closed(), "Copied", "Invitation link copied") : await show(await response, submitter);
  } catch (error) {
    console.error(error);
    showFailure(form, error);
  }
  if (!leaving) release(form);
}

async function linkIn(response) {
  const page = await pageIn(response.clone());
  renewTokens(page);
  const link = page.getElementById("invitation-link");
  if (!link) throw new Error("No link in the answer");
  return link.value;
}

// What could not be copied is shown to be copied by hand; anything else is the prompt, or why there is no link.
async function show(response, submitter) {
  const leaving = await answer(response, submitter);
  document.querySelector("#reverify form")?.setAttribute("data-copy-link", "");
  return leaving;
}

function closed() {
  closePrompt();
  return document.querySelector("main form[data-copy-link] button");
}

// Safari lets only the click itself write, so it is given the promise of the text rather than the text.
function write(text) {
  if (!window.ClipboardItem) return text.then((words) => navigator.clipboard.writeText(words));
  const blob = text.then((words) => new Blob([words], { type: "text/plain" }));
  // A clipboard that refuses at once does not look at it, and then nobody would have caught its own failure.
  blob.catch(() => {});
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
