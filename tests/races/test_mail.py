"""However many senders take one row of the outbox, one mail goes out (R11)."""

from uuid import uuid4

from tests.races.pool import RUNNERS, Pool, Tally, wins
from tests.races.verdict import rounds


def test_twenty_copies_of_one_task_send_one_mail(pool: Pool, tally: Tally):
    [administrator] = pool.do("make_clinic", slug="mail")["members"]
    for number in range(rounds(2)):
        person = pool.do("add", actor=administrator, email=f"mia{number}@mail.example", submission=str(uuid4()))
        outbox_id = pool.do("waiting_mail", member=person)
        before = pool.do("mail_files")

        outcomes = tally.add(pool.race([("send", {"outbox_id": outbox_id})] * RUNNERS))

        assert len(wins(outcomes)) == RUNNERS
        assert pool.do("mail_files") == before + 1
        row = pool.do("mail_row", outbox_id=outbox_id)
        assert (row["state"], row["attempts"]) == ("accepted", 1)
