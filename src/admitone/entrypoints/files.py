"""Answering with a file: a document that never changes, or one that is sent as it is written."""

from typing import Literal

from starlette.responses import Response, StreamingResponse

from admitone import invoices
from admitone.flows.document_files import DocumentFile, as_pdf, as_xml, file_name
from admitone.reads.ledger_files import LedgerFile

Ending = Literal["pdf", "xml"]


async def document_response(document: invoices.Document, ending: Ending) -> Response:
    """An invoice, credit note or receipt. Whoever has it need not ask again. Raises `NoMachineForm`."""
    made = await (as_pdf(document) if ending == "pdf" else as_xml(document))
    shown = "inline" if ending == "pdf" else "attachment"
    return Response(
        made,
        media_type=f"application/{ending}",
        headers={
            "content-disposition": f'{shown}; filename="{file_name(document, ending)}"',
            "cache-control": "private, max-age=86400",
        },
    )


def streamed(made: DocumentFile | LedgerFile) -> Response:
    """The file, piece by piece; when it breaks off, so does the answer."""
    return StreamingResponse(
        made.chunks,
        media_type=made.media_type,
        headers={
            "content-disposition": f'attachment; filename="{made.name}"',
            "cache-control": "no-store",
        },
    )
