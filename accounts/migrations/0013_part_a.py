from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_activity_clock"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="emailchange",
            index=models.Index(fields=["old_email"], name="email_change_old_address"),
        ),
        migrations.AddIndex(
            model_name="emailchange",
            index=models.Index(fields=["new_email"], name="email_change_new_address"),
        ),
    ]
