"""Two nodes change people, roles, invites and settings at the same moment: no rule is broken."""

import dataclasses

from hubbub.core import access, db
from hubbub.files import uploads
from hubbub.people import accounts, invites, model, roles, settings, tokens
from hubbub.people.accounts import Browser
from hubbub.publishing import topics
from tests import postgres
from tests.many_writers import SECRET, close_nodes, open_nodes, race, refusals, rows

HERE = Browser(is_here=True)

def test_two_owners_who_demote_each_other_leave_one_owner(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes
    a.run(roles.change, ann, bob, "owner")

    outcomes = race(a, lambda: roles.change(ann, bob, "member"), b, lambda: roles.change(bob, ann, "member"))

    assert refusals(outcomes) == ["error.only_admins"]
    assert rows(a, "select id from person where role = 'owner'") == [(ann,)]


def test_two_owners_who_step_down_at_the_same_moment_leave_one_owner(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes
    a.run(roles.change, ann, bob, "owner")

    outcomes = race(a, lambda: roles.change(ann, ann, "member"), b, lambda: roles.change(bob, bob, "member"))

    assert refusals(outcomes) == ["error.last_owner"]


def test_a_server_is_claimed_once(two_nodes):
    a, b = two_nodes

    outcomes = race(a, lambda: accounts.set_up(HERE, None, "Ann", "ann", SECRET),
                    b, lambda: accounts.set_up(HERE, None, "Bob", "bob", SECRET))

    assert refusals(outcomes) == ["error.already_owned"]


def test_an_invite_with_one_use_is_taken_once(two_nodes, team):
    a, b = two_nodes
    _, secret = a.run(invites.make, team[0], "member", None, 1, 1)

    outcomes = race(a, lambda: accounts.join(HERE, secret, "Dan", "dan", SECRET),
                    b, lambda: accounts.join(HERE, secret, "Eve", "eve", SECRET))

    assert refusals(outcomes) == ["error.link_invalid"]


def test_an_admin_who_is_demoted_leaves_no_invite(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes
    a.run(roles.change, ann, bob, "admin")

    outcomes = race(a, lambda: roles.change(ann, bob, "member"), b, lambda: invites.make(bob, "member", None, 1, 1))

    assert refusals(outcomes) == ["error.only_admins"]


def test_a_handle_is_given_once(two_nodes, team):
    a, b = two_nodes
    _, secret = a.run(invites.make, team[0], "member", None, 2, 1)

    outcomes = race(a, lambda: accounts.join(HERE, secret, "Dan", "dan", SECRET),
                    b, lambda: accounts.join(HERE, secret, "Dan", "dan", SECRET))

    assert refusals(outcomes) == ["error.handle_taken"]


def test_guests_with_the_same_name_get_different_handles(two_nodes, team):
    a, b = two_nodes

    (one, _), (two, _) = race(a, lambda: model.guest("Amber Fox"), b, lambda: model.guest("Amber Fox"))

    assert (one.handle, two.handle) == ("amber-fox", "amber-fox-2")


def test_a_sign_in_with_the_old_password_does_not_survive_its_change(two_nodes, team, monkeypatch):
    ann = team[0]
    a, b = two_nodes
    visitor = access.Visitor(ann, "", "admin")

    outcomes = race(a, lambda: accounts.change_password(visitor, SECRET, "another good password"),
                    b, lambda: accounts.sign_in(HERE, "ann", SECRET), free=2)

    assert refusals(outcomes) == ["error.wrong_password"]


def test_a_person_has_no_more_tokens_than_allowed(two_nodes, team, monkeypatch):
    a, b = two_nodes
    monkeypatch.setattr(tokens, "MOST", 1)

    outcomes = race(a, lambda: tokens.make(team[0], "one", "read", None), b, lambda: tokens.make(
        team[0], "two", "read", None))

    assert refusals(outcomes) == ["error.token_limit"]


def test_settings_changed_at_two_nodes_are_both_kept(two_nodes, team):
    a, b = two_nodes

    race(a, lambda: settings.change(team[0], name="Tea House"), b, lambda: settings.change(team[0], guests=True))

    now = a.run(settings.current, db)
    assert (now.name, now.guests) == ("Tea House", True)


def test_a_person_uploads_no_more_than_the_quota(two_nodes, team, team_room):
    bob = team[1]
    a, b = two_nodes
    size = a.config.file_limit
    for member in two_nodes:
        member.run(uploads.store.make_folders)
        member.config = dataclasses.replace(member.config, file_quota=size)

    outcomes = race(a, lambda: uploads.begin(bob, team_room, "one", size),
                    b, lambda: uploads.begin(bob, team_room, "two", size))

    assert refusals(outcomes) == ["error.file_quota"]


def test_changes_of_a_topic_at_two_nodes_all_count_and_who_is_removed_stays_out(two_nodes, team):
    ann, bob, _ = team
    a, b = two_nodes

    def create():
        with db.transaction() as tx:
            topics.create(tx, ann, "plans", is_open=False)

    a.run(create)
    a.run(topics.change, ann, "plans", None, ["bob"], [])
    race(a, lambda: topics.subscribe(bob, "plans", subscribed=True), b, lambda: topics.subscribe(bob, "plans", least=4))
    [before] = a.run(topics.listed, db, bob)
    outcomes = race(a, lambda: topics.change(ann, "plans", None, [], ["bob"]),
                    b, lambda: topics.subscribe(bob, "plans", muted=True))

    assert (before.subscribed, before.least) == (True, 4)
    assert refusals(outcomes) == ["error.topic_not_found"] and a.run(topics.listed, db, bob) == []


def test_nodes_that_start_together_on_an_empty_database_migrate_it_once(tmp_path):
    nodes = open_nodes(tmp_path, postgres.database(), together=True)

    assert [rows(member, "select count(*) from room") for member in nodes] == [[(1,)], [(1,)]]
    close_nodes(nodes)
