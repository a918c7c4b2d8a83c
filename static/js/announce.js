/** Say `words` to assistive technology without moving focus. */
export function announce(words) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  // The same words twice in a row are announced only if the region was seen empty in between.
  setTimeout(() => (region.textContent = words), 100);
}

/** A live region that is filled when the page arrives is not announced by most readers, so its words are said again. */
export function announceMessages() {
  const words = [...document.querySelectorAll("#messages .message")].map((line) => line.textContent.trim());
  if (words.length) setTimeout(() => announce(words.join(" ")), 300);
}
