import { closePrompt, pageIn, renewTokens, showPrompt, swapMain } from "./answers.js";
import { Refused, clearFailure, showFailure } from "./failure.js";
import { stopAsking } from "./unsaved.js";
import { hold, release } from "./submit_once.js";

let signedOut = false;

/**
 * Send forms from the page they are on, so that nothing typed leaves the screen: those that need a password, and those
 * whose buttons change what is on the page.
 */
export function reverifyDialog() {
  if (!window.HTMLDialogElement?.prototype.showModal || !window.DOMParser) return;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-reverify], form[data-in-place]") || event.defaultPrevented) return;
    const body = new FormData(form, event.submitter);
    const address = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
    event.preventDefault();
    if (hold(form)) send(form, event.submitter, new URL(address, document.baseURI), body);
  });
}

async function send(form, submitter, url, body) {
  let leaving = false;
  clearFailure();
  try {
    leaving = await answer(await post(form, url, body), submitter);
  } catch (error) {
    console.error(error);
    showFailure(form, error);
  }
  // Kept shut while the next page loads, or a second click would send it again.
  if (!leaving) release(form);
}

/** Send what `form` holds; its answer is for `answer`. */
export async function post(form, url, body) {
  await renewAfterSignIn(form, body);
  return fetch(url, { method: "POST", body, headers: { "X-Requested-With": "fetch", Accept: "text/html" }, credentials: "same-origin" });
}

// Signing in in another tab changed the token that the forms of this page carry.
async function renewAfterSignIn(form, body) {
  if (!signedOut) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  renewTokens(await pageIn(answer));
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  signedOut = false;
}

/** Show what the server answered. True when the browser is on its way to another page. */
export async function answer(response, submitter) {
  const next = response.headers.get("X-Location");
  if (response.status === 204 && next) return go(leavingTo(new URL(next, response.url)));
  // A redirect the server made by itself (the session ended, say): what follows is a page of its own.
  if (response.redirected) return go(new URL(response.url));
  if (response.status >= 500) throw new Refused("Something went wrong on our side, and nothing was changed. What you typed is still here; try again in a moment.");
  if (response.status === 404) throw new Refused("This page is no longer there, so nothing was changed. What you typed is still here.");
  const page = await pageIn(response);
  // Where the form comes back it says why itself.
  if (response.status === 403 && !page.getElementById("error-summary")) throw new Refused("This page is too old to be sent, or no longer yours to open. What you typed is still here. Open the page again to see:", { href: location.href, text: "open in a new tab" });
  const prompt = page.getElementById("reverify");
  if (prompt) {
    showPrompt(prompt, submitter);
  } else if (page.querySelector("main")) {
    closePrompt();
    swapMain(page, response.url);
  } else {
    throw new Error(`An answer without a page: ${response.status}`);
  }
  return false;
}

// Signing in on this page would throw away what was typed on it.
function leavingTo(url) {
  if (!url.pathname.startsWith("/login/")) return url;
  signedOut = true;
  throw new Refused("You have been signed out. What you typed is still here: sign in in a new tab, then come back and try again.", { href: url.href, text: "Sign in" });
}

function go(url) {
  stopAsking();
  if (url.origin !== location.origin) throw new Error("An address outside this site");
  const samePage = url.hash && url.pathname === location.pathname && url.search === location.search;
  location.assign(url);
  if (samePage) location.reload();
  return true;
}
