"""`python -m hubbub`: the command line, with gevent patched in before anything else is imported."""

from gevent import monkey

monkey.patch_all()

from hubbub.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
