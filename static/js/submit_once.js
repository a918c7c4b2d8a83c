const RELEASE_AFTER_MS = 10_000;
const submitting = new Map();

/** Hold `form` until release(form); false if it is already on its way. */
export function hold(form) {
  if (submitting.has(form)) return false;
  submitting.set(form, 0);
  form.setAttribute("aria-busy", "true");
  // aria-disabled, not disabled: a disabled button's value would not be sent.
  for (const button of buttons(form)) button.setAttribute("aria-disabled", "true");
  return true;
}

export function release(form) {
  clearTimeout(submitting.get(form));
  submitting.delete(form);
  form.removeAttribute("aria-busy");
  for (const button of buttons(form)) button.removeAttribute("aria-disabled");
}

function buttons(form) {
  return [...form.elements].filter((element) => element.type === "submit");
}

export function submitOnce() {
  document.addEventListener("submit", (event) => {
    if (!submitting.has(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });

  // On window, so that it runs after the handlers that take a submit over and hold the form themselves.
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "get" || !hold(form)) return;
    // A download or a stopped load leaves this page standing, and its form must not stay shut.
    submitting.set(form, setTimeout(release, RELEASE_AFTER_MS, form));
  });

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of [...submitting.keys()]) release(form);
  });
}
