let pending;

/** Say `words` to assistive technology without moving focus; what was about to be said before is no longer news. */
export function announce(words, after = 100) {
  const region = document.getElementById("announcer");
  if (!region) return;
  clearTimeout(pending);
  region.textContent = "";
  // The same words twice in a row are announced only if the region was seen empty in between.
  pending = setTimeout(() => (region.textContent = words), after);
}

/** A live region that is filled when the page arrives is not announced by most readers, so its words are said again. */
export function announceMessages() {
  const words = [...document.querySelectorAll("#messages .message")].map((line) => line.textContent.trim());
  if (words.length) announce(words.join(" "), 400);
}
