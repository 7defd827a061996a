"""What is freed without the garbage collector."""

import contextlib
import gc


@contextlib.contextmanager
def new_objects():
    """Yield a function that returns the objects which were made since and still exist; no garbage is collected."""
    gc.collect()
    gc.freeze()  # hides what is there, of which there is much after many tests
    gc.disable()
    try:
        yield gc.get_objects
    finally:
        gc.enable()
