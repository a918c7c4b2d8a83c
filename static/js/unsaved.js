let asking = true;

/** Ask before a page is left on which something was typed that is not saved. */
export function unsaved() {
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-in-place]")) form.dataset.unsaved = "";
  });
  addEventListener("beforeunload", (event) => {
    if (asking && document.querySelector("form[data-unsaved]")) event.preventDefault();
  });
}

/** It is saved, and the next page is on its way. */
export function stopAsking() {
  asking = false;
}
