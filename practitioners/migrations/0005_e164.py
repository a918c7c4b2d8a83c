"""Phone numbers of businesses are brought into one form, as those of people (`accounts.0015`)."""

from django.db import migrations

from accounts.migrations._phone_numbers import as_typed, to_e164


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0014_phone_numbers"),
        ("practitioners", "0004_phone_numbers"),
    ]

    operations = [
        migrations.RunPython(
            to_e164("practitioners", "Business", "phone"), as_typed("practitioners", "Business", "phone")
        ),
    ]
