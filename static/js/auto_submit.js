export function autoSubmit() {
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-auto-submit]") && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
  });
}
