"""What became of the mails that were promised while something was broken."""

from dataclasses import dataclass

from tests.faults.mail_servers import MailServer, Received
from tests.faults.stack import Stack
from tests.figures import Figures

OVER = {"accepted", "failed", "dropped", "bounced"}


@dataclass
class Books:
    """The rows of the outbox by address, and what the mail server has of them."""

    rows: dict[str, dict[str, object]]
    taken: list[Received]

    @classmethod
    def of(cls, stack: Stack, server: MailServer) -> "Books":
        """As they are now."""
        return cls({row["to"]: row for row in stack.act("outcomes")["rows"]}, list(server.taken))

    def mails(self, email: str) -> list[Received]:
        """What arrived for one address."""
        return [each for each in self.taken if each.message["To"] == email]

    def lost(self, promised: list[str]) -> list[str]:
        """Who got nothing."""
        return [email for email in promised if not self.mails(email)]

    def duplicates(self, promised: list[str]) -> int:
        """How many mails there were beyond one each."""
        return sum(max(0, len(self.mails(email)) - 1) for email in promised)

    def stuck(self, promised: list[str]) -> list[str]:
        """Whose message is not over and done with."""
        return [email for email in promised if self.rows[email]["state"] not in OVER]

    def longest_delay(self, promised: list[str]) -> float:
        """Seconds from the promise to the first mail, of whoever waited longest."""
        waits = [self.mails(email)[0].at - float(self.rows[email]["at"]) for email in promised if self.mails(email)]
        return max(waits, default=0.0)

    def note(self, figures: Figures, name: str, promised: list[str], *, faults: int = 1) -> None:
        """Put them into the table at the end of the run, under the number and the words of `name`."""
        figures.fault(
            name,
            faults=faults,
            promised=len(promised),
            lost=len(self.lost(promised)),
            duplicated=self.duplicates(promised),
            longest_seconds=self.longest_delay(promised),
            stuck=len(self.stuck(promised)),
        )
