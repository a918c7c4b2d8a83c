const UNREACHABLE = "Could not reach the clinic. Check your connection and try again; nothing you typed is lost.";

/** Say beside `form`, in its dialog or on top of its page, that it did not get through. */
export function showFailure(form) {
  const box = form.closest("dialog, main") ?? document.body;
  clearFailure();
  const notice = document.createElement("p");
  notice.className = "notice notice--danger";
  notice.dataset.failure = "";
  notice.tabIndex = -1;
  notice.setAttribute("role", "alert");
  notice.textContent = UNREACHABLE;
  box.prepend(notice);
  notice.focus();
}

export function clearFailure() {
  document.querySelector("[data-failure]")?.remove();
}
