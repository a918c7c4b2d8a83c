import { autoSubmit } from "./auto_submit.js";
import { copyLink } from "./copy_link.js";
import { announceMessages } from "./announce.js";
import { menus } from "./menus.js";
import { passkeys } from "./passkeys.js";
import { passwordHint } from "./password_hint.js";
import { printPage } from "./print_page.js";
import { reverifyDialog } from "./reverify_dialog.js";
import { sessionEnd } from "./session_end.js";
import { showPassword } from "./show_password.js";
import { submitOnce } from "./submit_once.js";
import { timeZone } from "./time_zone.js";
import { unsaved } from "./unsaved.js";

// One part failing to start must not take the others, or the plain form beneath, with it.
for (const start of [submitOnce, passkeys, copyLink, reverifyDialog, autoSubmit, showPassword, passwordHint, timeZone, unsaved, menus, printPage, sessionEnd, announceMessages]) {
  try {
    start();
  } catch (error) {
    console.error(error);
  }
}
