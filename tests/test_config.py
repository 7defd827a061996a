"""Settings: a wrong value and an unknown name are refused at the start, all of them at once."""

import pytest

from hubbub.config import Config

WRONG = [
    ({"HUBBUB_PROT": "8080"}, "there is no setting HUBBUB_PROT: did you mean HUBBUB_PORT?"),
    ({"HUBBUB_DATABSE_URL": ""}, "there is no setting HUBBUB_DATABSE_URL: did you mean HUBBUB_DATABASE_URL?"),
    ({"HUBBUB_ZZZ": "1"}, "there is no setting HUBBUB_ZZZ"),
    ({"HUBBUB_PORT": "80a"}, "HUBBUB_PORT must be a number, not '80a'"),
    ({"HUBBUB_PORT": "8_0"}, "HUBBUB_PORT must be a number, not '8_0'"),
    ({"HUBBUB_PORT": "65536"}, "HUBBUB_PORT must be between 0 and 65535, not '65536'"),
    ({"HUBBUB_PROXIES": "yes"}, "HUBBUB_PROXIES must be a number, not 'yes'"),
    ({"HUBBUB_PROXIES": "10"}, "HUBBUB_PROXIES must be between 0 and 9, not '10'"),
    ({"HUBBUB_FILE_LIMIT": "100MB"}, "HUBBUB_FILE_LIMIT must be a number, not '100MB'"),
    ({"HUBBUB_FILE_LIMIT": "0"}, "HUBBUB_FILE_LIMIT must be between 1 and 9007199254740992, not '0'"),
    ({"HUBBUB_FILE_QUOTA": "-5"}, "HUBBUB_FILE_QUOTA must be between 0 and 9007199254740992, not '-5'"),
    ({"HUBBUB_PUSH_PRIVATE": "maybe"}, "HUBBUB_PUSH_PRIVATE must be 1 or 0, not 'maybe'"),
    ({"HUBBUB_LIMITS": "none"}, "HUBBUB_LIMITS must be on or off, not 'none'"),
    ({"HUBBUB_TRANSPORT": "pigeons"}, "HUBBUB_TRANSPORT must be fanout or stock, not 'pigeons'"),
    ({"HUBBUB_DATABASE_URL": "postgres://", "HUBBUB_BUS_URL": "amqp://ann:secret@host"},
     "HUBBUB_BUS_URL must be an address like valkey://host or postgresql://host/name"),
    ({"HUBBUB_BUS_URL": "valkey://host"}, "HUBBUB_BUS_URL needs HUBBUB_DATABASE_URL: several processes cannot share "
     "SQLite"),
    ({"HUBBUB_DATABASE_URL": "mysql://ann:secret@host/name"},
     "HUBBUB_DATABASE_URL must be an address like postgresql://user:password@host/name"),
    ({"HUBBUB_SMTP_URL": "mail://ann:secret@host", "HUBBUB_SMTP_SENDER": "a@b.example"},
     "HUBBUB_SMTP_URL must be an address like smtp://user:password@mail.example.org:587"),
    ({"HUBBUB_SMTP_URL": "smtp://host"}, "HUBBUB_SMTP_URL and HUBBUB_SMTP_SENDER need each other"),
    ({"HUBBUB_HOSTS": "https://chat.example"},
     "HUBBUB_HOSTS must be host names without scheme and port, separated by commas, not 'https://chat.example'"),
]


@pytest.mark.parametrize(("environ", "problem"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_setting_is_refused_with_a_reason(environ, problem):
    with pytest.raises(ValueError) as refusal:
        Config.read(environ)

    assert str(refusal.value) == problem


def test_all_wrong_settings_are_reported_at_once():
    with pytest.raises(ValueError) as refusal:
        Config.read({"HUBBUB_PROT": "1", "HUBBUB_LIMITS": "none"}, port="x")

    assert str(refusal.value).splitlines() == [
        "there is no setting HUBBUB_PROT: did you mean HUBBUB_PORT?",
        "HUBBUB_LIMITS must be on or off, not 'none'", "HUBBUB_PORT must be a number, not 'x'"]


def test_settings_are_read_with_their_types():
    config = Config.read({"HUBBUB_PORT": " 80 ", "HUBBUB_HOSTS": "Chat.Example, wiki.example", "PATH": "/bin",
                          "HUBBUB_PUSH_PRIVATE": "No", "HUBBUB_FILE_LIMIT": "", "HUBBUB_TOKEN": "of a script"})

    assert (config.port, config.hosts, config.push_private) == (80, ("chat.example", "wiki.example"), False)
    assert config.file_limit == Config.file_limit
