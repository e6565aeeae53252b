"""Addresses of everything about who somebody is."""

from django.urls import include, path

from accounts.pages.api import me, my_wallets
from accounts.pages.data import data, delete_account, download
from accounts.pages.guards import activate_app, add_passkey, manage_email, remove_passkey, set_password
from accounts.pages.sessions import end_other_sessions, end_session, sessions
from accounts.pages.settings import account
from accounts.pages.tokens import create, revoke, tokens
from accounts.pages.wallet_add import add
from accounts.pages.wallet_sign_in import (
    answer,
    challenge,
    confirm_page,
    link_page,
    sign_in_page,
    unlink_view,
    wallet_page,
)
from accounts.pages.wallets import change, move, recognise, remove, wallets

wallet_patterns = [
    path("", wallet_page, name="wallet"),
    path("sign-in/", sign_in_page, name="wallet_sign_in"),
    path("link/", link_page, name="wallet_link"),
    path("confirm/", confirm_page, name="wallet_confirm"),
    path("unlink/", unlink_view, name="wallet_unlink"),
    path("challenge/", challenge, name="wallet_challenge"),
    path("answer/", answer, name="wallet_answer"),
]

urlpatterns = [
    path("wallets/", wallets, name="wallets"),
    path("wallets/add/", add, name="wallet_add"),
    path("wallets/<int:wallet_id>/change/", change, name="wallet_change"),
    path("wallets/<int:wallet_id>/move/", move, name="wallet_move"),
    path("wallets/<int:wallet_id>/remove/", remove, name="wallet_remove"),
    path("wallets/<int:wallet_id>/recognise/", recognise, name="wallet_recognise"),
    path("account/wallet/", include(wallet_patterns)),
    path("account/tokens/", tokens, name="tokens"),
    path("account/tokens/create/", create, name="token_create"),
    path("account/tokens/<int:token_id>/revoke/", revoke, name="token_revoke"),
    path("api/me", me, name="api_me"),
    path("api/wallets", my_wallets, name="api_wallets"),
    path("account/", account, name="account"),
    path("account/sessions/", sessions, name="sessions"),
    path("account/sessions/end-others/", end_other_sessions, name="sessions_end_others"),
    path("account/sessions/<slug:handle>/end/", end_session, name="session_end"),
    path("account/data/", data, name="my-data"),
    path("account/data/download/", download, name="my-data-download"),
    path("account/data/delete/", delete_account, name="delete-account"),
    # before allauth's, whose place they take
    path("account/email/", manage_email, name="account_email"),
    path("account/password/set/", set_password, name="account_set_password"),
    path("account/2fa/totp/activate/", activate_app, name="mfa_activate_totp"),
    path("account/2fa/webauthn/add/", add_passkey, name="mfa_add_webauthn"),
    path("account/2fa/webauthn/keys/<int:pk>/remove/", remove_passkey, name="mfa_remove_webauthn"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
]
