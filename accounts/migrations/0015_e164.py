"""Phone numbers on file are brought into one form (decision 19). It can be stopped, and run again, at any moment."""

from django.db import migrations

from accounts.migrations._phone_numbers import as_typed, to_e164


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0014_phone_numbers"),
    ]

    operations = [
        migrations.RunPython(to_e164("accounts", "Member", "mobile"), as_typed("accounts", "Member", "mobile")),
        migrations.RunPython(to_e164("accounts", "Dispute", "phone"), as_typed("accounts", "Dispute", "phone")),
    ]
