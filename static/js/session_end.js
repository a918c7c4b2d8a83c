import { useToken } from "./answers.js";
import { stopAsking } from "./unsaved.js";

const WARN_MS = 60_000;
const NEARLY_MS = 20_000;
// Timers stand still while a laptop sleeps, so the clock is looked at now and then.
const LONGEST_NAP_MS = 30_000;
const FRESH_MS = 10_000;

/**
 * Warn a minute before the session ends, and cover the page once it has: it may stand on a front desk. What was typed
 * stays on the page beneath, and is there again once the same person has signed in.
 */
export function sessionEnd() {
  const warning = document.getElementById("session-warning");
  const cover = document.getElementById("session-over");
  if (!warning || !window.HTMLDialogElement?.prototype.showModal) return;
  const { sessionWho, sessionSeconds } = document.body.dataset;
  const state = {
    warning, cover, who: Number(sessionWho), endsAt: Date.now() + sessionSeconds * 1000, answeredAt: Date.now(),
    canBeKept: true, isCovered: false, isDismissed: false, isLeaving: false, title: document.title, timer: 0, asking: null,
  };
  const look = () => document.visibilityState === "visible" && check(state);
  document.addEventListener("visibilitychange", look);
  for (const event of ["focus", "pageshow", "online"]) window.addEventListener(event, look);
  warning.querySelector("[data-keep]").addEventListener("click", () => keep(state));
  warning.querySelector("[data-sign-out]").addEventListener("click", signOut);
  warning.querySelector("[data-back]").addEventListener("click", () => warning.close());
  // Closed by a key is somebody who is there.
  warning.addEventListener("close", () => isWarned(state) && (state.canBeKept ? keep(state) : (state.isDismissed = true)));
  cover.querySelector("[data-again]").addEventListener("click", () => again(state));
  cover.addEventListener("cancel", (event) => event.preventDefault());
  cover.addEventListener("close", () => state.isCovered && cover.showModal());
  nap(state);
}

function left(state) {
  return state.endsAt - Date.now();
}

function isWarned(state) {
  return left(state) > 0 && left(state) <= WARN_MS && !state.isCovered && !state.isDismissed;
}

function nap(state) {
  clearTimeout(state.timer);
  const wait = left(state) > WARN_MS ? Math.min(left(state) - WARN_MS, LONGEST_NAP_MS) : 1000;
  if (!state.isCovered) state.timer = setTimeout(() => tick(state), wait);
}

async function tick(state) {
  // Another tab may have kept the session up, or ended it.
  const mayWarn = left(state) <= WARN_MS && !state.warning.open && !state.isDismissed;
  if (mayWarn || left(state) <= 0) await ask(state, "GET");
  show(state);
}

/** The page is looked at again, after a while in another tab or asleep: what the server said may be old. */
async function check(state) {
  if (state.isCovered || state.warning.open || Date.now() - state.answeredAt > FRESH_MS) await ask(state, "GET");
  show(state);
}

/** Whether the server answered. Without an answer the clock decides. */
function ask(state, method) {
  state.asking ??= answer(state, method).finally(() => (state.asking = null));
  return state.asking;
}

async function answer(state, method) {
  try {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    const headers = { Accept: "application/json", "X-Requested-With": "fetch", ...(method === "POST" && { "X-CSRFToken": token }) };
    const response = await fetch("/session/", { method, headers, credentials: "same-origin", cache: "no-store" });
    if (!response.ok) throw new Error(`The session answers ${response.status}`);
    take(state, await response.json());
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

function take(state, told) {
  if (told.signed_in && told.who !== state.who) return leave(state);
  state.answeredAt = Date.now();
  state.endsAt = told.signed_in ? Date.now() + told.seconds * 1000 : 0;
  if (!told.signed_in) return;
  state.canBeKept = told.can_be_kept;
  if (left(state) > WARN_MS) state.isDismissed = false;
  // Signing in again has changed the token that the forms of this page carry.
  useToken(told.token);
}

function show(state) {
  if (state.isLeaving) return;
  if (left(state) <= 0) hide(state);
  else uncover(state);
  if (isWarned(state)) warn(state);
  else if (state.warning.open) state.warning.close();
  nap(state);
}

function warn(state) {
  const { warning } = state;
  for (const part of warning.querySelectorAll("[data-if-kept]")) part.hidden = !state.canBeKept;
  for (const part of warning.querySelectorAll("[data-if-final]")) part.hidden = state.canBeKept;
  const seconds = Math.ceil(left(state) / 1000);
  warning.querySelector("[data-clock]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  // Read out once, and not at every second.
  const nearly = warning.querySelector("[data-nearly]");
  nearly.textContent = left(state) <= NEARLY_MS ? nearly.dataset.nearly : "";
  if (warning.open) return;
  warning.showModal();
  warning.querySelector(state.canBeKept ? "[data-keep]" : "[data-back]").focus();
}

async function keep(state) {
  say(state.warning, "");
  await state.asking;
  // Refused where somebody signed in again meanwhile: the page then has the token from before.
  const answered = (await ask(state, "POST")) || ((await ask(state, "GET")) && (await ask(state, "POST")));
  show(state);
  if (!answered) say(state.warning, "unreachable");
}

function signOut() {
  stopAsking();
  document.querySelector("form[action='/logout/']").requestSubmit();
}

function hide(state) {
  if (state.isCovered) return;
  state.isCovered = true;
  if (state.warning.open) state.warning.close();
  document.documentElement.dataset.covered = "";
  state.title = document.title;
  document.title = state.cover.querySelector("h2").textContent;
  say(state.cover, "");
  state.cover.showModal();
}

function uncover(state) {
  if (!state.isCovered) return;
  state.isCovered = false;
  delete document.documentElement.dataset.covered;
  document.title = state.title;
  state.cover.close();
}

async function again(state) {
  say(state.cover, "");
  const answered = await ask(state, "GET");
  show(state);
  if (state.isCovered) say(state.cover, answered ? "notYet" : "unreachable");
}

function say(dialog, what) {
  const line = dialog.querySelector("[data-said]");
  line.textContent = line.dataset[what] ?? "";
}

/** Somebody else signed in: this page is nothing for their eyes. */
function leave(state) {
  state.isLeaving = true;
  hide(state);
  stopAsking();
  location.replace("/");
}
