from django.db import migrations
from django.db.models import F, Q


def end_what_is_past(apps, schema_editor) -> None:
    """From now on reminders outlive the recovery, but nobody is to be reminded of what recovered before."""
    alerts = apps.get_model("alerts", "Alert").objects.using(schema_editor.connection.alias)
    reminding = Q(remind_every__gt=0) | Q(escalate_after__gt=0)
    alerts.filter(reminding, acknowledged__lt=F("arm")).exclude(phase="fired").update(acknowledged=F("arm"))


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0004_destination_codes"),
    ]

    operations = [
        migrations.RunPython(end_what_is_past, migrations.RunPython.noop, elidable=True),
    ]
