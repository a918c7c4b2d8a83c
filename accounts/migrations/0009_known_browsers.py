from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_one_spelling"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="browsers_forgotten",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
