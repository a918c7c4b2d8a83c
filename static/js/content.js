/** Run `enhance(root)` for the page now and for whatever a script puts into it later. */
export function onContent(enhance) {
  document.addEventListener("clinic:content", (event) => enhance(event.target));
  enhance(document);
}

export function contentAdded(root) {
  root.dispatchEvent(new CustomEvent("clinic:content", { bubbles: true }));
}
