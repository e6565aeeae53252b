"""What is stored of alerts: the rule and its state, what was decided, what is to be told to whom."""

from alerts.models.alert import Alert, TooManyAlerts
from alerts.models.delivery import Delivery
from alerts.models.delivery_round import DeliveryRound
from alerts.models.destination import Destination, TooManyDestinations
from alerts.models.evaluation import Evaluation
from alerts.models.firing import Firing
from alerts.models.step import Step

__all__ = [
    "Alert",
    "Delivery",
    "DeliveryRound",
    "Destination",
    "Evaluation",
    "Firing",
    "Step",
    "TooManyAlerts",
    "TooManyDestinations",
]
