import { onContent } from "./content.js";

// As in accounts/identity/password/common.py: a test compares the two.
const RUNS = [
  "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiop", "azertyuiop",
  "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol", "qaz", "wsx", "edc", "rfv", "tgb", "yhn",
  "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "!@#$%^&*()"
];
const BOTH_WAYS = [...RUNS, ...RUNS.map((run) => [...run].reverse().join(""))];
const SHORTEST_PIECE = 3;
const SHORTEST_UNIT = 8;
const SHORTEST_NAME = 3;
const LONGEST = 256;
// Longer than the pause between two keys, so that nothing is said while somebody types.
const PAUSE = 700;

/** Under a field for a new password, say what is known about it and no more: the server decides. */
export function passwordHint() {
  onContent((root) => {
    for (const input of root.querySelectorAll("input[data-shortest]:not([data-hinted])")) addHint(input);
  });
}

function addHint(input) {
  input.dataset.hinted = "";
  const line = document.createElement("p");
  line.className = "field__help field__help--live";
  line.setAttribute("role", "status");
  input.parentElement.after(line);
  let pending;
  input.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      const words = whatIsKnown(input);
      if (line.textContent !== words) line.textContent = words;
    }, PAUSE);
  });
}

function whatIsKnown(input) {
  const password = input.value.normalize("NFC");
  const length = [...password].length;
  if (!length) return "";
  const text = password.toLowerCase();
  // A few characters follow the alphabet by chance.
  const remarks = [...(length < SHORTEST_UNIT ? [] : pattern(text)), ...ownEmail(text, input.form)];
  const missing = Number(input.dataset.shortest) - length;
  if (missing > 0) return [`${missing} more ${missing === 1 ? "character" : "characters"} needed.`, ...remarks].join(" ");
  if (length > LONGEST) return `Too long: at most ${LONGEST} characters are taken.`;
  if (remarks.length) return remarks.join(" ");
  return "Long enough. Whether it is a well-known password is checked when you save.";
}

function pattern(text) {
  const remarks = [text, text.replaceAll(" ", "")].flatMap(regular);
  return remarks.slice(0, 1);
}

function regular(text) {
  const unit = repeatedUnit(text);
  if (unit !== text && unit.length < SHORTEST_UNIT) return ["It repeats a few characters, which will be refused."];
  if (isRun(unit)) return ["It follows the keyboard or the alphabet, which will be refused."];
  return [];
}

function repeatedUnit(text) {
  for (let length = 1; length <= text.length / 2; length += 1) {
    if (text.startsWith(text.slice(length))) return text.slice(0, length);
  }
  return text;
}

function isRun(text) {
  const reached = new Set([0]);
  for (let end = SHORTEST_PIECE; end <= text.length; end += 1) {
    const pieces = [...reached].filter((start) => end - start >= SHORTEST_PIECE).map((start) => text.slice(start, end));
    if (pieces.some((piece) => BOTH_WAYS.some((run) => run.includes(piece)))) reached.add(end);
  }
  return reached.has(text.length);
}

function ownEmail(text, form) {
  const email = form?.querySelector("[autocomplete=username]")?.value.trim().toLowerCase() ?? "";
  const name = email.split("@")[0];
  return name.length >= SHORTEST_NAME && text.includes(name) ? ["It contains your email address or its first part."] : [];
}
