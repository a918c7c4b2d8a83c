from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_activity_clock"),
    ]

    operations = [
        migrations.AddField(
            model_name="emailchange",
            name="is_return",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="emailchange",
            name="objection_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
