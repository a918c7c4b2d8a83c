// Not on a select: going through its choices with the arrow keys would reload the page at each.
export function autoSubmit() {
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-auto-submit]") && event.target.matches("input[type=checkbox]")) form.requestSubmit();
  });
}
