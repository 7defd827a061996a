"""Request schemas from function signatures; everything that does not match is refused with a message."""

import inspect
import math
import re
from collections.abc import Callable, Collection
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from hubbub.core.access import Refused

DEPTH = 32
EXACT = 2**53  # beyond it JavaScript's numbers are not exact

Channel = Annotated[str, Meta(min_length=1, max_length=100)]
Key = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[^!]")]  # the server's own keys begin with !
Seq = Annotated[int, Meta(ge=0)]

TYPE_NAMES = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
              "object": "an object", "null": "nothing", "bytes": "binary data"}
LENGTHS = {(True, "<="): "error.field_too_long", (True, ">="): "error.field_too_short",
           (False, "<="): "error.field_too_many", (False, ">="): "error.field_too_few"}  # (is it text, comparison)


def of(name: str, handler: Callable[..., Any], given: int = 0, *, only: Collection[str] | None = None,
       without: Collection[str] = ()) -> type[msgspec.Struct]:
    """Return the schema of a handler: its parameters after the first `given`, with their types and defaults."""
    hints = get_type_hints(handler, include_extras=True)
    found: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for parameter in list(inspect.signature(handler).parameters.values())[given:]:
        if parameter.name in without or only is not None and parameter.name not in only:
            continue
        optional = () if parameter.default is parameter.empty else (parameter.default,)
        found.append((parameter.name, hints[parameter.name], *optional))
    return msgspec.defstruct(name, found, kw_only=True, forbid_unknown_fields=True)


def parse(schema: type[msgspec.Struct], payload: object, *, lax: bool = False) -> dict[str, Any]:
    """Return the payload as the handler's arguments; refuse with the field's name if it does not match.

    `lax` parses numbers and the like from text, as in a query.
    """
    if not isinstance(payload, dict):
        raise Refused("error.not_one_object", "bad_input")
    check(payload)
    try:
        read = msgspec.convert(payload, schema, strict=not lax)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None
    found = {name: getattr(read, name) for name in schema.__struct_fields__}
    if lax:
        check(found)  # what was a text before may be a number now
    return found


def body(schema: type[msgspec.Struct], raw: bytes, content_type: str) -> dict[str, Any]:
    """Do the same for the JSON body of a request; only `application/json`, which no cross-site form can send."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused("error.not_json_type", "bad_input")
    try:
        payload = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Refused("error.not_json", "bad_input") from None
    return parse(schema, payload)


def check(value: object, depth: int = DEPTH) -> None:
    """Refuse values that match the types and lengths but would break a database or a browser."""
    if depth == 0:
        raise Refused("error.nested_too_deeply", "bad_input", limit=DEPTH)
    if isinstance(value, str):
        if "\0" in value or not _is_unicode(value):
            raise Refused("error.invalid_character", "bad_input")
    elif isinstance(value, dict):
        for name, inner in value.items():
            check(name, depth)
            check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            check(inner, depth - 1)
    elif isinstance(value, float) and not math.isfinite(value) or isinstance(value, int) and abs(value) > EXACT:
        raise Refused("error.number_out_of_range", "bad_input")


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refusal(problem: str) -> Refused:
    """Translate msgspec's error, like "Expected `str`, got `int` - at `$.text`"."""
    error, _, path = problem.partition(" - at ")
    field = re.sub(r"^`\$\.?|`$", "", path).replace("key` in ", "").strip("`$.") or "payload"
    if found := re.fullmatch(r"Object missing required field `(.+)`", error):
        return Refused("error.field_missing", "bad_input", field=found[1])
    if found := re.fullmatch(r"Object contains unknown field `(.*)`", error):
        return Refused("error.field_unknown", "bad_input", field=found[1][:40])
    if found := re.fullmatch(r"Expected `(\w+)` of length (<=|>=) (\d+)", error):
        id = LENGTHS[found[1] == "str", found[2]]
        return Refused(id, "bad_input", field=field, limit=int(found[3]))
    if found := re.fullmatch(r"Expected `([\w |]+)`, got `(\w+)`", error):
        wanted = " or ".join(TYPE_NAMES.get(word, word) for word in found[1].split(" | "))
        return Refused("error.field_type", "bad_input", field=field, wanted=wanted,
                       found=TYPE_NAMES.get(found[2], found[2]))
    if error.startswith("Expected `str` matching regex"):
        return Refused("error.field_key", "bad_input", field=field)
    if error.startswith("Invalid enum value"):
        return Refused("error.field_value", "bad_input", field=field)
    return Refused("error.field_invalid", "bad_input", field=field, problem=error.replace("`", "")[:100])
