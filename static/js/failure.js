const UNREACHABLE = "Could not reach the clinic. Check your connection and try again; nothing you typed is lost.";

/** An answer that is no answer to the form; its message says what to do, and `link` leads there. */
export class Refused extends Error {
  constructor(message, link) {
    super(message);
    this.link = link;
  }
}

/** Say beside `form`, in its dialog or on top of its page, that it did not get through. */
export function showFailure(form, error) {
  const box = form.closest("dialog, main") ?? document.body;
  clearFailure();
  const notice = document.createElement("p");
  notice.className = "notice notice--danger";
  notice.dataset.failure = "";
  notice.tabIndex = -1;
  notice.setAttribute("role", "alert");
  const words = document.createElement("span");
  words.textContent = error instanceof Refused ? error.message : UNREACHABLE;
  if (error.link) words.append(" ", linkInNewTab(error.link));
  notice.append(words);
  box.prepend(notice);
  notice.focus();
}

function linkInNewTab({ href, text }) {
  const link = document.createElement("a");
  link.href = href;
  link.target = "_blank";
  link.textContent = text;
  return link;
}

export function clearFailure() {
  document.querySelector("[data-failure]")?.remove();
}
