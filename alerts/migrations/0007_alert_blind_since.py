from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0006_nothing_to_remind_of"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="blind_since",
            field=models.BigIntegerField(editable=False, null=True),
        ),
    ]
