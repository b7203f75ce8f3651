"""`run`: a whole selling site in one command. Starts `serve` and `worker`, and stops both when one ends or on Ctrl-C.

This process stays small: it only watches. What it starts are ordinary processes, so killing any of them is survivable.
"""

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

from admitone.entrypoints.demo_people import DEMO_PASSWORD, DOOR_EMAIL, OWNER_EMAIL
from admitone.plumbing import embedded
from admitone.values.sites import LOOPBACK, site_at

DATABASE_NAMES = ("DATABASE_URL", "ADMITONE_DATABASE_URL")
STAND_INS = ("STRIPE", "PAYSTACK", "PAYPAL")
READY_SECONDS = 60.0
STOP_SECONDS = 15.0


def run(*, demo: bool | None = None) -> None:
    """Start everything and print where it is.

    The demo events, and their public password, are added by themselves only where nobody else can reach the site;
    `--demo` and `--no-demo` decide otherwise.
    """
    host = os.environ.get("ADMITONE_HOST", "127.0.0.1")
    port = int(os.environ.get("ADMITONE_PORT", "8000"))
    site = os.environ.get("ADMITONE_BASE_URL", site_at(host, port))
    if demo is None:
        demo = {host, urlsplit(site).hostname} <= LOOPBACK
    if not _is_free(host, port):
        sys.stderr.write(
            f"Port {port} is taken. Stop what uses it, or choose another: ADMITONE_PORT=8080 make run\n"
        )
        raise SystemExit(1)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    standins = _stand_ins() if demo else []
    children = [_start("serve"), *standins]
    database = _EarlyDatabase()
    try:
        database.start()
        if _answers(host, port, children, stop):
            if demo and not stop.is_set():
                _finish(_start("demo", "--quiet"), stop)
            children.append(_start("worker"))
            if not stop.is_set():
                _welcome(site, demo=demo)
        while not stop.wait(0.2):
            if any(child.poll() is not None for child in children):
                break
    finally:
        failed = _stop(children)
        database.close()
    if stop.is_set():
        sys.stdout.write("\n  Everything has stopped. Orders and tickets are kept for the next start.\n\n")
    elif failed:
        raise SystemExit(1)


class _EarlyDatabase:
    """The embedded server, started while `serve` is still being loaded; nothing at all with a server of yours.

    Beside the watching and not before it: the server may take a minute, and meanwhile Ctrl-C has to work and a `serve`
    that died has to be noticed. What goes wrong here goes wrong in `serve` as well, which says so.
    """

    def __init__(self) -> None:
        self._lease: embedded.Lease | None = None
        self._is_closed = False
        self._mutex = threading.Lock()

    def start(self) -> None:
        """Begin; returns at once."""
        if not any(os.environ.get(name) for name in DATABASE_NAMES):
            threading.Thread(target=self._acquire, name="early-database", daemon=True).start()

    def _acquire(self) -> None:
        try:
            lease = embedded.acquire(embedded.Options(embedded.default_home()))
        except (embedded.EmbeddedError, OSError):
            return
        with self._mutex:
            if not self._is_closed:
                self._lease = lease
                return
        lease.close()

    def close(self) -> None:
        """Give the share in the server back, also one that is still to come."""
        with self._mutex:
            self._is_closed = True
            lease = self._lease
        if lease is not None:
            lease.close()


def _start(*command: str) -> subprocess.Popen[bytes]:
    # Its own group: Ctrl-C reaches this process only, which then stops the others in order.
    return subprocess.Popen([sys.executable, "-m", "admitone", *command], start_new_session=True)


def _stand_ins() -> list[subprocess.Popen[bytes]]:
    """Stripe, Paystack and PayPal played beside the site; what starts after this knows where they are."""
    ports: list[int] = []
    for provider in STAND_INS:
        # The same ports at every start where they are free, so that a page left open still works.
        port = next((one for one in range(8101 + len(ports), 8200, 10) if _is_free("127.0.0.1", one)), None)
        if port is None or os.environ.get(f"ADMITONE_{provider}_URL"):
            return []
        ports.append(port)
    for provider, port in zip(STAND_INS, ports, strict=True):
        os.environ[f"ADMITONE_{provider}_URL"] = f"http://127.0.0.1:{port}"
    return [_start("standins", *(str(port) for port in ports))]


def _finish(child: subprocess.Popen[bytes], stop: threading.Event) -> None:
    while child.poll() is None and not stop.wait(0.05):
        pass
    if child.poll() is None:
        child.terminate()
        child.wait()


def _is_free(host: str, port: int) -> bool:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return False
    # A name may stand for several addresses, of either family.
    return all(_is_address_free(family, address) for family, _, _, _, address in found)


def _is_address_free(family: int, address: tuple[object, ...]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as error:
        # A machine without IPv6 still calls itself `::1`; nobody is there.
        return error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
    return True


def _answers(host: str, port: int, children: list[subprocess.Popen[bytes]], stop: threading.Event) -> bool:
    waited = 0.0
    while waited < READY_SECONDS and not stop.is_set() and all(child.poll() is None for child in children):
        connection = http.client.HTTPConnection(host, port, timeout=2)
        try:
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            return True
        except (http.client.HTTPException, OSError):
            stop.wait(0.05)
            waited += 0.05
        finally:
            connection.close()
    return False


def _welcome(site: str, *, demo: bool) -> None:
    lines = ["", f"  Admit One is selling at {site}", ""]
    if demo:
        lines += [
            f"  Organiser   {site}/sign-in    {OWNER_EMAIL}    {DEMO_PASSWORD}",
            f"  Door        {site}/sign-in    {DOOR_EMAIL}    {DEMO_PASSWORD}",
        ]
    if demo:
        lines.append(
            f"  Payments    {site}/organiser    then Payments: Stripe, Paystack, PayPal and more, all played"
        )
    lines += [f"  Letters     {site}/dev/mailbox", "", "  Ctrl-C stops everything.", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _stop(children: list[subprocess.Popen[bytes]]) -> bool:
    """End the children, newest first; True when one of them had failed by itself."""
    failed = any(child.poll() not in (None, 0) for child in children)
    for child in reversed(children):
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return failed
