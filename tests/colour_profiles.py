"""Small ICC profiles for tests: Display P3, a linear grey, and a CMYK press whose yellow prints as blue."""

import itertools
import struct


def display_p3():
    """The colours of Apple's screens, with the curve of sRGB (Display P3, adapted to D50)."""
    primaries = {b"rXYZ": (0.51512, 0.24120, -0.00105), b"gXYZ": (0.29198, 0.69225, 0.04189),
                 b"bXYZ": (0.15710, 0.06657, 0.78407)}
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return _profile(b"RGB ", b"XYZ ", {name: b"XYZ \0\0\0\0" + _fixed(*place) for name, place in primaries.items()}
                    | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def linear_grey():
    """A grey whose numbers are proportional to light."""
    return _profile(b"GRAY", b"XYZ ", {b"kTRC": b"curv" + struct.pack(">II", 0, 0)})


def odd_press():
    """A press whose yellow ink is blue: only a reader of the profile shows it so."""
    table = b"".join(bytes((0 if black else 80 if yellow else 255, 128, 20 if yellow > black else 128))
                     for cyan, magenta, yellow, black in itertools.product((0, 1), repeat=4))
    curves = bytes(range(256))
    lut = (b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
           + curves * 4 + table + curves * 3)
    return _profile(b"CMYK", b"Lab ", {b"A2B0": lut}, kind=b"prtr")


def _profile(space, connection, tags, kind=b"mntr"):
    tags = {b"wtpt": b"XYZ \0\0\0\0" + _fixed(0.9642, 1, 0.8249)} | tags
    start, index, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        index += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s12s4s28s", start + len(body), b"", 0x02400000, kind, space, connection, b"",
                       b"acsp", b"") + _fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + body


def _fixed(*numbers):
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)
