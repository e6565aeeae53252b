from django.db import migrations
from django.db.models import Q

OCCURRENCES = (
    *("trade", "fill", "order_filled", "order_cancelled", "position_opened", "position_closed"),
    *("position_increased", "position_reduced", "position_flipped", "liquidation"),
)


def take_reminders_from_what_happens(apps, schema_editor) -> None:
    """Forms refuse them since, as they never came; who stored one before could not save his alert any more."""
    alerts = apps.get_model("alerts", "Alert").objects.using(schema_editor.connection.alias)
    asking = Q(remind_every__gt=0) | Q(escalate_after__gt=0) | Q(escalate_to__isnull=False)
    alerts.filter(asking, metric__in=OCCURRENCES).update(remind_every=0, escalate_after=0, escalate_to=None)


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0005_reminders"),
    ]

    operations = [
        migrations.RunPython(take_reminders_from_what_happens, migrations.RunPython.noop, elidable=True),
    ]
