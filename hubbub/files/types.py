"""The type of a file, detected from its first bytes and never from its name.

Only a few types are shown inline, those that a browser cannot mistake for a page.  Everything else is a download.
"""

HEAD = 64  # bytes needed for the detection

IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
PLAYED = {"audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/aac", "audio/mp4", "video/mp4", "video/webm",
          "video/ogg", "video/quicktime", "video/3gpp"}
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
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"fLaC", "audio/flac"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)
BRANDS = (  # how the brand of a file with the box `ftyp` begins (mp4ra.org)
    (b"M4A", "audio/mp4"), (b"M4B", "audio/mp4"), (b"M4P", "audio/mp4"), (b"M4V", "video/mp4"), (b"iso", "video/mp4"),
    (b"mp4", "video/mp4"), (b"avc", "video/mp4"), (b"dash", "video/mp4"),
    (b"MSNV", "video/mp4"), (b"f4v", "video/mp4"), (b"qt  ", "video/quicktime"), (b"3gp", "video/3gpp"),
    (b"3g2", "video/3gpp"),
)
STILL = (b"heic", b"heix", b"mif1", b"avif", b"avis", b"msf1", b"hevc", b"crx ")  # brands of pictures
QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")  # the first box of a QuickTime file without `ftyp`


def sniff(head: bytes) -> str:
    """Return the type of a file with these first bytes."""
    for at, sign, type in SIGNATURES:
        if head[at:at + len(sign)] == sign:
            return type
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if head[8:12] == b"WEBP" else "audio/wav"
    if head[4:8] == b"ftyp":
        if head[8:12] in STILL:
            return OTHER
        # the major brand, a version, and the compatible brands
        brands = [head[8:12], *(head[at:at + 4] for at in range(16, len(head), 4))]
        return next((type for brand in brands for start, type in BRANDS if brand.startswith(start)), OTHER)
    if head[:1] == b"\0" and head[4:8] in QUICKTIME:
        return "video/quicktime"
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head else "audio/ogg"
    return OTHER
