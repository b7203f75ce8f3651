"""Events online: an origin that sends HLS on this machine, events that are on now, and tickets for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from admitone import tickets
from admitone.assembly import Assembly
from admitone.flows.watch_stream import Look
from admitone.plumbing.database import Transaction
from admitone.tickets import Ticket
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from tests.support.onsale import FREE, OnSale, TypeOnSale, place, put_on_sale

SECRET = "https://origin-7f3a.example/hidden/room-c0ffee/live.m3u8"
MEETING = "https://meet-7f3a.example/hidden/room-c0ffee"
MAIN = b"""#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="sound/en.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.4d401f,mp4a.40.2",AUDIO="a"
low/index.m3u8
"""
LOW = b"""#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES
#EXT-X-KEY:METHOD=AES-128,URI="../key.bin"
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.0,
piece-1.m4s
#EXT-X-PART:DURATION=0.3,URI="piece-2.0.m4s"
#EXTINF:2.0,
/other/piece-2.m4s?x=1
"""


@dataclass
class Origin:
    """A server of HLS. `files` by path; `asked` are the paths it was asked for, in order."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of its main playlist."""
        return f"http://127.0.0.1:{self.port}/show/main.m3u8"

    def plays(self) -> None:
        """A film that goes on: one quality, of one piece of two seconds (64 x 36, VP9, recorded from a canvas)."""
        film = (Path(__file__).parent / "film.mp4").read_bytes()
        at = film.index(b"moof") - 4
        one = b'#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9000,CODECS="vp09.00.10.08"\nlow/index.m3u8\n'
        self.files |= {
            "/show/main.m3u8": one,
            "/show/low/index.m3u8": b'#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="init.mp4"\n'
            b"#EXTINF:2.0,\npiece-1.m4s\n",
            "/show/low/init.mp4": film[:at],
            "/show/low/piece-1.m4s": film[at:],
        }

    def sends(self) -> None:
        """A main playlist with one quality and one sound, in pieces of nothing much."""
        self.files |= {
            "/show/main.m3u8": MAIN,
            "/show/low/index.m3u8": LOW,
            "/show/sound/en.m3u8": LOW,
            "/show/low/init.mp4": b"\0" * 16,
            "/show/low/piece-1.m4s": b"\0" * 16,
        }


@contextmanager
def origin() -> Iterator[Origin]:
    """A running one, which has nothing to send yet."""
    made = Origin()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            made.asked.append(path)
            body = made.files.get(path)
            self.send_response(404 if body is None else 200)
            self.send_header("access-control-allow-origin", "*")
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def on_now(
    site: Assembly, kind: TypeOnSale = FREE, *, starts_in: timedelta = timedelta(minutes=5), **changes: object
) -> OnSale:
    """An event online of two hours that begins so soon; its doors online are open."""
    starts = site.clock.now() + starts_in
    given: dict[str, object] = {
        "venue_name": None,
        "venue_address": None,
        "city": None,
        "online_url": SECRET,
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=2),
        "doors_at": None,
    }
    return await put_on_sale(site, kind, **{**given, **changes})  # type: ignore[arg-type]


async def ticket_of(site: Assembly, show: OnSale, *, email: str = "ada@example.org") -> Ticket:
    """A ticket of somebody's, of the event's first type, which is free."""
    order = await place(site, show, email=email)
    async with site.database.reading() as reader:
        [made] = await tickets.by_order(reader, order.id)
    return made


async def change(site: Assembly, statement: str, **values: object) -> None:
    """Change the database behind the program's back."""

    async def story(tx: Transaction) -> None:
        await tx.execute(text(statement), values)

    await site.database.run(story)


async def shift(site: Assembly, show: OnSale, by: timedelta) -> None:
    """The event is that much later."""
    moved = "UPDATE events_event SET starts_at = starts_at + :by, ends_at = ends_at + :by WHERE id = :id"
    await change(site, moved, by=by, id=show.event_id)


async def stream_is(site: Assembly, show: OnSale, url: str) -> None:
    """The event is at this address, which no organiser could type."""
    await change(site, "UPDATE events_event SET online_url = :url WHERE id = :id", url=url, id=show.event_id)


async def silent(site: Assembly, ticket_id: UUID) -> None:
    """The ticket's viewer has said nothing for a while."""
    past = "UPDATE streams_viewer SET seen_at = seen_at - interval '1 minute' WHERE ticket_id = :id"
    await change(site, past, id=ticket_id)


async def join(site: Assembly, ticket: Ticket, device: str = "Firefox on Linux") -> tuple[UUID, Look]:
    """A fresh browser begins to watch."""
    session_id = uuid7()
    return session_id, await site.watching.join(Actor.guest(), ticket.id, session_id, device)
