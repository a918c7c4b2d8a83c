import { announce } from "./announce.js";
import { contentAdded } from "./content.js";

// The content security policy knows this name, and lets no other text become HTML: what comes here is an answer of our own server.
const answers = window.trustedTypes?.createPolicy("answers", { createHTML: (text) => text });

/** The page that the server answered with, as a document. */
export async function pageIn(response) {
  const text = await response.text();
  return new DOMParser().parseFromString(answers ? answers.createHTML(text) : text, "text/html");
}

/** Put the server's password prompt on the page: in place of the one there is, or in a dialog over the form. */
export function showPrompt(prompt, opener) {
  const fresh = document.adoptNode(prompt);
  const standing = document.getElementById("reverify");
  if (!standing) clearErrors();
  if (standing) standing.replaceWith(fresh);
  else openDialog(fresh, opener);
  const dialog = fresh.closest("dialog");
  if (dialog) cancelCloses(fresh, dialog);
  renewTokens(fresh);
  contentAdded(fresh);
  (fresh.querySelector("input[type=password]:enabled") ?? fresh.querySelector("h1")).focus();
}

// The server asks for the password only once the form is right, so what was said about it before no longer holds.
function clearErrors() {
  for (const gone of document.querySelectorAll("main :is(.error-summary, .field__errors)")) gone.remove();
  for (const field of document.querySelectorAll("main .field--error")) field.classList.remove("field--error");
  for (const control of document.querySelectorAll("main [aria-invalid]")) control.removeAttribute("aria-invalid");
}

function openDialog(prompt, opener) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Confirm that it is you");
  dialog.append(prompt);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener?.isConnected) opener.focus();
  });
  dialog.showModal();
}

// On a page of its own Cancel is a link to go back; over the form it only closes, so it is a button.
function cancelCloses(prompt, dialog) {
  const link = prompt.querySelector("[data-dismiss]");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet";
  button.textContent = "Cancel";
  button.addEventListener("click", () => dialog.close());
  if (link) link.replaceWith(button);
  else prompt.querySelector(".form__actions").append(button);
}

export function closePrompt() {
  document.getElementById("reverify")?.closest("dialog")?.close();
}

/** Show the server's page in place of this one's content. */
export function swapMain(page, address) {
  const main = document.adoptNode(page.querySelector("main"));
  // A form without an address posts to the page it stands on, and that is now another one.
  for (const form of main.querySelectorAll("form:not([action]), form[action='']")) form.setAttribute("action", address);
  document.querySelector("main").replaceWith(main);
  document.title = page.title;
  renewTokens(main);
  contentAdded(main);
  const summary = main.querySelector("#error-summary");
  const goOnFrom = summary ? null : main.querySelector("[autofocus]");
  const place = goOnFrom ?? summary ?? main.querySelector("h1") ?? main;
  if (!goOnFrom) scrollTo(0, 0);
  if (!goOnFrom && !place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
  place.focus({ preventScroll: !goOnFrom });
  const said = main.querySelector("[data-announce]");
  if (said) announce(said.textContent.trim());
}

// The server may have changed the token along with the session; the forms that stayed on the page would be turned away.
export function renewTokens(root) {
  useToken(root.querySelector("input[name=csrfmiddlewaretoken]")?.value);
}

export function useToken(token) {
  if (token) for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
}
