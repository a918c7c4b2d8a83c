import { onContent } from "./content.js";

const CANCELLED = "No passkey was used: the request was closed, or nothing happened for a while. Try again.";
const FAILED = "This browser could not use a passkey here. Try again, or use another way.";
const KNOWN = "This device, or the password manager, already holds a passkey of yours. Use another one.";
const VERIFIED = "Your passkey was read. There is no password or code to enter.";

/** Show a passkey in place of a password or a code, and make new ones. Without support, the page goes on as it is. */
export function passkeys() {
  const works = typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
  onContent((root) => {
    for (const part of root.querySelectorAll(works ? "[data-passkey]" : "[data-passkey-missing]")) part.hidden = false;
  });
  if (!works) return;
  document.addEventListener("click", showOne);
  // Before any other handler sends the form, which is not complete yet.
  document.addEventListener("submit", makeNew, { capture: true });
}

async function showOne(event) {
  const button = event.target.closest("button[data-passkey-show]");
  if (!button || button.getAttribute("aria-disabled")) return;
  const { form } = button;
  const said = form.querySelector("[data-passkey-said]");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(button.dataset.passkeyShow));
  const answer = await ask(button, said, () => navigator.credentials.get({ publicKey }));
  if (!answer) return;
  form.elements[button.dataset.passkeyField].value = answer;
  const covered = form.querySelector("[data-passkey-covers]");
  if (!covered) return form.requestSubmit();
  for (const input of covered.querySelectorAll("input")) input.disabled = true;
  covered.hidden = button.hidden = true;
  form.querySelector(".passkey__or")?.remove();
  said.textContent = VERIFIED;
  form.querySelector(".form__actions button").focus();
}

async function makeNew(event) {
  const form = event.target;
  if (!form.matches("form[data-passkey-new]") || form.elements.passkey.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const button = event.submitter;
  if (button?.getAttribute("aria-disabled")) return;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(form.dataset.passkeyNew));
  const said = form.querySelector("[data-passkey-new-said]");
  const answer = await ask(button, said, () => navigator.credentials.create({ publicKey }));
  if (!answer) return;
  form.elements.passkey.value = answer;
  form.requestSubmit(button);
}

/** The answer as JSON; null where there is none, and `said` says why. */
async function ask(button, said, credential) {
  button?.setAttribute("aria-disabled", "true");
  said.textContent = "";
  try {
    return JSON.stringify(await credential());
  } catch (error) {
    said.textContent = words(error);
    return null;
  } finally {
    button?.removeAttribute("aria-disabled");
  }
}

function words(error) {
  if (error.name === "NotAllowedError" || error.name === "AbortError") return CANCELLED;
  if (error.name === "InvalidStateError") return KNOWN;
  console.error(error);
  return FAILED;
}
