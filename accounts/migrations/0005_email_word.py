"""Only what a form says: the index in the database stays, so that no table is locked while it is made anew."""

from django.db import migrations, models

EMAIL = models.UniqueConstraint(
    condition=models.Q(("email", ""), _negated=True),
    fields=("email",),
    name="user_email_unique_when_set",
    violation_error_message="Another user has this email address.",
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_welcome_step"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("user", "user_email_unique_when_set"),
                migrations.AddConstraint("user", EMAIL),
            ]
        ),
    ]
