"""The mark in a PDF's metadata that says: the file inside is this invoice (Factur-X 1.0, chapter 6.3; ZUGFeRD 2).

Typst attaches the file but writes no metadata of others. So the metadata object is written once more behind the end of
the file, with a table of its own (ISO 32000-1, 7.5.6: incremental updates). Not a byte before that is touched, so tags,
fonts and colours stay as they were made.
"""

import re
from typing import Final

FILENAME: Final = "factur-x.xml"
PROFILE: Final = "EN 16931"
_NAMESPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES: Final = {
    "DocumentFileName": (FILENAME, "The name of the embedded XML document"),
    "DocumentType": ("INVOICE", "The type of the hybrid document in capital letters"),
    "Version": ("1.0", "The actual version of the standard applying to the embedded XML document"),
    "ConformanceLevel": (PROFILE, "The conformance level of the embedded XML document"),
}
# PDF/A wants every property of others described (ISO 19005-3, 6.6.2.3.3).
_DESCRIBED: Final = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
    f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    "<pdfaSchema:property><rdf:Seq>"
    + "".join(
        '<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
        f"<pdfaProperty:description>{description}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, (_, description) in _PROPERTIES.items()
    )
    + "</rdf:Seq></pdfaSchema:property></rdf:li>"
).encode()
_SAID: Final = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">'
    + "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _) in _PROPERTIES.items())
    + "</rdf:Description>"
).encode()
_BAG_END: Final = b"</rdf:Bag></pdfaExtension:schemas>"
_ALL_END: Final = b"</rdf:RDF>"
_PACKET_BEGIN: Final = b"<?xpacket begin="
_PACKET_END: Final = b'<?xpacket end="r"?>'
_METADATA: Final = re.compile(rb"/Metadata (\d+) 0 R")
_END: Final = re.compile(rb"trailer\s*<<([^\n]*)>>\s*startxref\s+(\d+)\s+%%EOF\s*\Z")
_FREE: Final = b"0 1\n0000000000 65535 f\r\n"


def mark(pdf: bytes) -> bytes:
    """The same PDF/A with the mark. It must be as Typst writes it: metadata and catalogue last, and a plain table.

    Found from the end, because a name before them may say anything, also `<?xpacket`.
    """
    begin, until = pdf.rfind(_PACKET_BEGIN), pdf.rfind(_PACKET_END) + len(_PACKET_END)
    numbers, end = _METADATA.findall(pdf, until), _END.search(pdf, until)
    assert 0 <= begin < until, "metadata is written without compression"
    assert len(numbers) == 1, "the catalogue comes after the metadata and names it"
    assert end is not None, "the file ends with a table, not a stream"
    packet = pdf[begin:until]
    marked = packet.replace(_BAG_END, _DESCRIBED + _BAG_END, 1).replace(_ALL_END, _SAID + _ALL_END, 1)
    assert marked.count(_NAMESPACE.encode()) == 2, "described once and said once"
    [number], trailer, table_at = numbers, end[1], end[2]
    start = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    body = b"%s 0 obj\n<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n" % (number, len(marked))
    body += marked + b"\nendstream\nendobj\n"
    # Readers expect the head of the list of free objects in every table.
    entries = _FREE + b"%s 1\n%010d 00000 n\r\n" % (number, len(start))
    ending = b"startxref\n%d\n%%%%EOF\n" % (len(start) + len(body))
    return start + body + b"xref\n" + entries + b"trailer\n<<%s/Prev %s>>\n" % (trailer, table_at) + ending
