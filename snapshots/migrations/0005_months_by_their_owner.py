from django.db import migrations

from snapshots.months_sql import make_functions, remove_functions


class Migration(migrations.Migration):
    dependencies = [
        ("snapshots", "0004_words"),
    ]

    operations = [
        migrations.RunPython(make_functions, remove_functions),
    ]
