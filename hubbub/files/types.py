"""The type of a file, detected from its first bytes and never from its name.

Only a few types are shown inline, those that a browser cannot mistake for a page.  Everything else is a download.
"""

HEAD = 64  # bytes needed for the detection

IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
PLAYED = {"audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/mp4", "video/mp4", "video/webm", "video/ogg"}
OTHER = "application/octet-stream"

SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)
BRANDS = {b"M4A ": "audio/mp4", b"isom": "video/mp4", b"iso2": "video/mp4", b"iso5": "video/mp4", b"mp41": "video/mp4",
          b"mp42": "video/mp4", b"avc1": "video/mp4", b"M4V ": "video/mp4", b"dash": "video/mp4"}


def sniff(head: bytes) -> str:
    """Return the type of a file with these first bytes."""
    for at, sign, type in SIGNATURES:
        if head[at:at + len(sign)] == sign:
            return type
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if head[8:12] == b"WEBP" else "audio/wav"
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], OTHER)
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head else "audio/ogg"
    return OTHER
