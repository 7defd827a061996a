"""The server's name and icon: owners choose them; sign-in, page, manifest and notifications show them."""

import io

import pytest
from PIL import Image

from hubbub.files import store, uploads
from tests.running_app import HERE


def picture(size=(1200, 600)):
    data = io.BytesIO()
    Image.new("RGB", size, (200, 60, 60)).save(data, "PNG")
    return data.getvalue()


def put_icon(app, user, data):
    headers = {"Authorization": f"Bearer {user.token}", "Content-Type": "application/octet-stream"}
    return app.http.put("/api/settings/icon", data=data, headers=headers, environ_overrides=HERE)


def get(app, path):
    return app.flask.test_client().get(path, environ_overrides=HERE)


def test_everyone_sees_the_name_and_icon_that_the_owner_chose(app):
    owner = app.set_up_owner()
    before = get(app, "/manifest.json").json

    owner.request("PATCH", "/api/settings", name="  Acme   Rockets ")
    icon = put_icon(app, owner, picture()).json["icon"]
    page, manifest, image = get(app, "/sign-in").text, get(app, "/manifest.json").json, get(app, f"/icon/{icon}")
    with Image.open(io.BytesIO(image.data)) as shown:
        size = shown.size

    assert before["name"] == "Hubbub" and {icon["purpose"] for icon in before["icons"]} == {"any", "maskable"}
    assert [shortcut["url"] for shortcut in before["shortcuts"]] == ["/inbox", "/feeds", "/documents"]
    assert before["share_target"]["action"] == "/share"
    assert "<title>Acme Rockets</title>" in page and f'rel="icon" href="/icon/{icon}"' in page
    assert f'"workspace": {{"icon": "/icon/{icon}", "name": "Acme Rockets"}}' in page
    assert manifest["name"] == "Acme Rockets" and manifest["icons"][0]["src"] == f"/icon/{icon}"
    assert size == (512, 512) and image.headers["Content-Security-Policy"] == "default-src 'none'"


def test_the_manifest_is_in_the_language_of_the_browser(app):
    manifest = app.flask.test_client().get("/manifest.json", headers={"Accept-Language": "de-AT,en;q=0.5"},
                                           environ_overrides=HERE).json

    assert (manifest["lang"], manifest["dir"]) == ("de", "ltr")
    assert [shortcut["name"] for shortcut in manifest["shortcuts"]] == ["Posteingang", "Feeds", "Dokumente"]


def test_an_admin_changes_settings_but_neither_name_nor_icon(app):
    admin = app.connect_member("ada", "admin")

    guests = admin.request("PATCH", "/api/settings", guests=True)
    refused = [admin.request("PATCH", "/api/settings", name="Ada's"), put_icon(app, admin, picture()),
               admin.request("DELETE", "/api/settings/icon")]

    assert guests.json == {"guests": True, "name": "Hubbub", "rooms": [], "icon": ""}
    assert [answer.json["id"] for answer in refused] == ["error.only_owners"] * 3


def test_the_sweep_keeps_the_icon_and_a_new_one_replaces_it(app):
    owner = app.set_up_owner()
    first = put_icon(app, owner, picture()).json["icon"]

    assert f"avatar-{first}" in uploads.avatars()
    second = put_icon(app, owner, picture((80, 80))).json["icon"]
    kept = [get(app, f"/icon/{icon}").status_code for icon in (first, second)]
    removed = owner.request("DELETE", "/api/settings/icon").json

    assert kept == [404, 200] and removed["icon"] == ""
    with pytest.raises(FileNotFoundError):
        store.get(f"avatar-{second}")


def test_the_name_follows_the_rules_of_all_names(app):
    olga = app.set_up_owner()

    for name, id in [("", "error.name_missing"), ("x" * 41, "error.name_too_long"),
                     ("a\u202eb", "error.name_invisible")]:
        assert olga.request("PATCH", "/api/settings", name=name).json.get("id") == id, name
