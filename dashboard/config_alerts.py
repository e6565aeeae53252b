"""Configuration variables: how alerts are told."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

alerts = partial(variable, section="Alerts")


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """How alerts are told."""

    alerts_deadman_url: str = alerts(
        "",
        "Asked (GET) once a minute while alerts are really evaluated, so that a service outside, such as "
        "healthchecks.io or Uptime Kuma, notices when they are not.",
        schemes=("https", "http"),
        secret=True,
    )
    alerts_allow_private: bool = alerts(
        False,
        "Let users have messages sent to addresses in private networks and on this machine: only where all of "
        "them are trusted.",
    )
    alerts_threads: int = alerts(16, "Messages that one deliverer sends at the same time.", low=1, high=200)
    alerts_give_up_hours: int = alerts(
        24, "Hours after which a message that could not be delivered counts as failed.", low=1, high=168
    )
    alerts_apprise_urls: bool = alerts(
        False, "Let users name any service by its Apprise address: only where all of them are trusted."
    )
    telegram_bot_token: str = alerts(
        "", "Bot that writes to users on Telegram; without it users bring their own.", secret=True
    )
    pushover_app_token: str = alerts(
        "", "Application of the site at Pushover; without it users bring their own.", secret=True
    )
    sendgrid_api_key: str = alerts(
        "", "Key for mail by SendGrid, with the right to send; it is offered if this is set.", secret=True
    )
    sendgrid_from: str = alerts("", "Sender that SendGrid has verified; empty means `EMAIL_FROM`.")
    twilio_account_sid: str = alerts("", "Account at Twilio for SMS and WhatsApp, beginning with AC.")
    twilio_auth_token: str = alerts("", "Token of the Twilio account.", secret=True)
    twilio_sms_from: str = alerts(
        "", "Number that SMS come from, such as +15551234567; SMS is offered if it is set."
    )
    twilio_whatsapp_from: str = alerts(
        "", "Number that WhatsApp messages come from; WhatsApp is offered if it is set."
    )
