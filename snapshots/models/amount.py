"""An amount as the exchange wrote it: every digit, on every database.

The exchange sends up to ten digits before the point and more than ten behind it, binary tails included
(``2703997.4500000002``), and promises no limit. Postgres keeps them in ``numeric`` without a limit. SQLite
would turn a decimal column into a float of 15 digits, so there it is text; amounts are therefore neither
compared nor summed in SQL: ``Amount`` refuses lookups, and roll-ups are summed by ``Decimal``.
"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.lookups import IsNull


class Amount(models.Field):
    """A ``Decimal`` with all its digits; plain notation in the database."""

    description = "Amount"

    def db_type(self, connection: Any) -> str:
        return "numeric" if connection.vendor == "postgresql" else "text"

    def get_internal_type(self) -> str:
        """Only of types that Django knows many rows are written as arrays, not as a parameter for each cell."""
        return "TextField"

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether there is one; see above."""
        return IsNull if lookup_name == "isnull" else None

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        if isinstance(value, float):
            raise TypeError(f"{self.name}: an amount has become a float; sum amounts in Python")
        return None if value is None else Decimal(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except ArithmeticError as error:
            raise ValidationError(f"{value!r} is no amount") from error

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        amount = self.to_python(value)
        if amount is None:
            return None
        if not amount.is_finite():
            raise ValueError(f"{self.name}: {amount} is no amount")
        return amount if connection.vendor == "postgresql" else f"{amount:f}"

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else f"{value:f}"
