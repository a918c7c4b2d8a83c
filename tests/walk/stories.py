"""Stories in which something broke once, as a walk tells them: told on every run, so that it does not break again."""

from tests.walk.acts import OLD_TOWN
from tests.walk.walking import Step

HARBOUR, ELSEWHERE = "harbour-physio", "elsewhere"
AT_WORK, AT_HOME, THIEF = "rita@work.example", "rita@home.example", "mallory@thief.example"

STORIES: dict[str, list[Step]] = {
    "someone brought over and corrected, and the file once more (A68)": [
        ("brings_over", ("two administrators",)),
        ("asks_for_a_reset", ("Bea", "bea@old.example")),
        ("chooses_a_new_password", ("Bea",)),
        ("corrects_the_address", (OLD_TOWN, "Bea", "ann@old.example", "noor@work.example")),
        ("brings_over", ("two administrators",)),
    ],
    "a thief objects to the way back (A69)": [
        ("mallory_learns_a_password", ("Rita",)),
        ("signs_in", ("Mallory", AT_WORK)),
        ("asks_for_another_address", ("Mallory", THIEF)),
        ("confirms_the_new_address", ("Mallory",)),
        ("signs_in", ("Rita", THIEF)),
        ("asks_for_another_address", ("Rita", AT_WORK)),
        ("confirms_the_new_address", ("Rita",)),
        ("changes_the_password", ("Rita",)),
        ("says_this_was_not_me", ("Mallory", "newest")),
    ],
    "an employer objects after a clinic that never knew the address (A58)": [
        ("frank_reads_the_mailbox", (AT_WORK,)),
        ("asks_for_another_address", ("Rita", AT_HOME)),
        ("confirms_the_new_address", ("Rita",)),
        ("adds", (ELSEWHERE, "Xavier", AT_HOME, "receptionist")),
        ("joins", (ELSEWHERE, "Rita")),
        ("says_this_was_not_me", ("Frank", "newest")),
    ],
    "a page that was open while an address changed (A71)": [
        ("opens_a_page_to_change_it_later", (HARBOUR, "Olive", AT_WORK)),
        ("asks_for_another_address", ("Rita", AT_HOME)),
        ("confirms_the_new_address", ("Rita",)),
        ("saves_only_a_number", ("Olive",)),
    ],
    "the first of two mails (A71)": [
        ("asks_for_another_address", ("Rita", "mistyped@nowhere.example")),
        ("asks_for_another_address", ("Rita", AT_HOME)),
        ("confirms_the_new_address", ("Rita",)),
        ("says_this_was_not_me", ("Rita", "oldest")),
    ],
    "a request about a clinic that is closed (A72)": [
        ("asks_support_about_ownership", (HARBOUR, "Adam")),
        ("closes", (HARBOUR, "Olive")),
        ("time_passes", ("800",)),
        ("erasure_runs", ()),
    ],
}
