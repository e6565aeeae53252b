"""What people fill in about wallets."""

from django import forms

from accounts.address import read_address
from accounts.models import Wallet


class AddressField(forms.CharField):
    """An address in any honest form; what is none is refused with what it is instead."""

    def clean(self, value: str | None) -> str:
        """The stored form."""
        return read_address(value or "")


class WatchForm(forms.Form):
    """An address to watch, and what to call it."""

    address = AddressField()
    label = forms.CharField(max_length=40, required=False)


class WalletForm(forms.ModelForm):
    """What its user may change about a wallet. Browsers send colours in lower case, people may not."""

    colour = forms.RegexField(
        r"\A#[0-9a-fA-F]{6}\Z", error_messages={"invalid": "A colour is # and six hexadecimal digits."}
    )

    class Meta:
        model = Wallet
        fields = ["label", "colour"]

    def clean_colour(self) -> str:
        """The stored form."""
        return self.cleaned_data["colour"].lower()
