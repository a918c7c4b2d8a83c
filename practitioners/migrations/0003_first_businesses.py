"""Every account that is there already gets its first business, as a new one does. Nothing to undo: 0002 drops the table."""

from typing import Any

from django.db import migrations

BATCH = 1000


def open_first_businesses(apps: Any, schema_editor: Any) -> None:
    """One for each account without any, under the clinic's name and in its time zone."""
    account, business = apps.get_model("accounts", "Account"), apps.get_model("practitioners", "Business")
    without = account.objects.filter(businesses=None).only("name", "time_zone").order_by("pk")
    while accounts := list(without[:BATCH]):
        business.objects.bulk_create(
            business(account=each, name=each.name, time_zone=each.time_zone) for each in accounts
        )


class Migration(migrations.Migration):
    dependencies = [
        ("practitioners", "0002_where_and_when"),
    ]

    operations = [
        migrations.RunPython(open_first_businesses, migrations.RunPython.noop),
    ]
