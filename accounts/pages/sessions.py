"""``/account/sessions/``: where somebody is signed in, and ending it there."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Session
from accounts.sessions import end, end_all


@login_required
@never_cache
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """All of them, the one that asks first."""
    found = list(Session.objects.of(request.user).active())
    found.sort(key=lambda one: one.session_key != request.session.session_key)
    context = {"sessions": found, "current": request.session.session_key, "section": "sessions"}
    return render(request, "account/sessions.html", context)


@login_required
@require_POST
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """End one of one's own; the one that asks is ended by signing out."""
    own = {one.handle: one for one in Session.objects.of(request.user)}
    session = own.get(handle)
    if session is None or session.session_key == request.session.session_key:
        raise Http404
    end([session.session_key])
    messages.success(request, f"{session.device} is signed out.")
    return HttpResponseRedirect(resolve_url("sessions"))


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all but the one that asks."""
    count = end_all(request.user, but=request.session.session_key)
    messages.success(request, f"{count} other session{'' if count == 1 else 's'} ended.")
    return HttpResponseRedirect(resolve_url("sessions"))
