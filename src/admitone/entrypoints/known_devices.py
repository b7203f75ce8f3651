"""The cookie by which a browser is known after somebody signed in on it: it moves tries to sign in to counts of their
own, and opens nothing. What is in it: `accounts/known_devices.py`.
"""

from fastapi import Request
from starlette.responses import Response

from admitone.entrypoints.callers import COOKIE_SECONDS, callers_of


def devices_of(request: Request) -> str:
    """What this browser has kept, which may be anything; nothing if it has kept nothing."""
    return request.cookies.get(_cookie(request)[0], "")


def keep_devices(request: Request, response: Response, devices: str) -> None:
    """Put it into the browser. It stays when somebody signs out: that is when it is needed."""
    name, is_secure = _cookie(request)
    response.set_cookie(
        name, devices, max_age=COOKIE_SECONDS, path="/", secure=is_secure, httponly=True, samesite="lax"
    )


def _cookie(request: Request) -> tuple[str, bool]:
    is_secure = callers_of(request).session_cookie.startswith("__Host-")
    return f"{'__Host-' if is_secure else ''}admitone-devices", is_secure
