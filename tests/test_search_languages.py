"""Search in many scripts: what each query finds and what it does not, alike on both databases."""

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from hubbub.chat import messages, projection, query, search, words
from hubbub.core import db
from hubbub.people import model

LOBBY = "room:1"

# text: (queries that find it, queries that do not).  After Mattermost, Zulip, Rocket.Chat, Matrix and Discourse, whose
# users report each of these kinds.
CASES = {
    # English, German, French, Polish, Danish, Norwegian, Croatian, Vietnamese, Turkish
    "The cafés weren’t open": (["cafes", "CAFÉS", "weren't", "weren’t", '"cafes weren\'t open"'], ["cafe ", "werent"]),
    "Die Straße ist groß": (["strasse", "STRASSE", "straße", "gross", "groß"], ["strase", '"strasse groß"']),
    "Œuvre de l’élève": (["oeuvre", "élève", "ELEVE", "l'eleve", "œuvre"], ["levé "]),
    "Łódź i żółw": (["lodz", "łódź", "ŁÓDŹ", "zolw", "żółw"], ["odz"]),
    "Smørrebrød på Ærø": (["smorrebrod", "smørrebrød", "SMØRREBRØD", "pa aero", "ærø"], ["smrrebrd"]),
    "Đorđe živi u Osijeku": (["dorde", "đorđe", "ĐORĐE", "zivi"], ["orde"]),
    "Đà Nẵng đẹp": (["da nang", "đà nẵng", "dep"], ["a nang "]),
    "Işık İstanbul’da": (["ışık", "isik", "IŞIK", "istanbul", "İSTANBUL", "ISTANBUL"], ["stanbul"]),
    # Russian, Greek, Hebrew, Arabic, Persian, Hindi
    "Ёлка и Иван": (["елка", "ЁЛКА", "иван", "ИВАН"], ["лка"]),
    "Ο Οδυσσέας στους δρόμους": (["οδυσσεας", "ΟΔΥΣΣΕΑΣ", "δρομουσ", "ΔΡΟΜΟΥΣ", "δρόμους"], ["δρομος"]),
    "שָׁלוֹם עולם": (["שלום", "שָׁלוֹם", "עולם"], ["לום"]),
    "مُحَمَّد كتـــاب جديد": (["محمد", "مُحَمَّد", "كتاب", "کتاب", "جديد", "جدید"], ["تاب"]),
    "می‌روم کتاب‌ها را": (["می‌روم", "میروم", "کتاب‌ها", "كتابها", "کتاب", "روم "], ["می‌رود"]),
    "यह दिन हिन्दी में है": (["दिन", "हिन्दी", "हिन्", "दिन हिन्दी", '"दिन हिन्दी"'], ["दान", "दीन", "हन्द"]),
    "क्या दान दिया": (["दान"], ["दिन"]),
    "বাংলা ভাষা": (["ভাষা", "বাংলা"], ["ভাষ "]),
    "தமிழ் மொழி": (["தமிழ்", "மொழி"], ["தமழ"]),
    # Thai, Lao, Khmer, Burmese, Chinese, Japanese, Korean: found within sentences
    "ฉันชอบภาษาไทยมาก": (["ภาษาไทย", "ไทย", "ชอบ", "ภาษา มาก", "ภ"], ["ไทยภาษา", "ชิบ"]),
    "ຂ້ອຍຮັກພາສາລາວ": (["ພາສາ", "ລາວ"], ["ລາວພາສາ"]),
    "ខ្ញុំរៀនភាសាខ្មែរ": (["ភាសា", "ខ្មែរ"], ["សាភា"]),
    "ကျွန်တော်မြန်မာစကားပြောတယ်": (["မြန်မာ", "စကား"], ["စကားမြန်မာ"]),
    "我们明天去北京大学。": (["北京", "大学", "北京大学", "京", "明天 北京", "学"], ["京北", "北大", "东京"]),
    "東京都に行くつもりです": (["東京", "行く", "つもり", "都"], ["京東", "行け"]),
    "カタカナとｶﾞｲﾄﾞがある": (["カタカナ", "ガイド", "がある", "タカ"], ["カイト", "かある"]),
    "서울에서 한국어를 배웁니다": (["한국어", "서울", "한국어를", "배웁"], ["국한", "서울를"]),
    "版本2.0发布ABC": (["版本2.0", "2.0发布", "abc", "布ABC", "发布"], ["版2.0", "本发"]),
    # emoji, symbols
    "🚀 launched": (["🚀", "🚀 launched", '"🚀 launched"', "in:lobby 🚀"], ["🛸", "in:lobby 🛸", "in:lobby ☃"]),
    "well done 👍🏽": (["👍🏽", "👍", "done👍"], ["👍🏻", "👎"]),
    "our 👩‍💻 works": (["👩‍💻", "👩", "💻"], ["👨‍💻", "💻‍👩"]),
    "I ❤️ it": (["❤️", "❤"], ["💔"]),
    "🇩🇪🇫🇷 friends": (["🇩🇪", "🇫🇷"], ["🇪🇫"]),
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿 plays": (["🏴󠁧󠁢󠁥󠁮󠁧󠁿"], ["🏴󠁧󠁢󠁳󠁣󠁴󠁿"]),
    "a \U0001faff newer emoji": (["\U0001faff"], ["\U0001fafe"]),
    "costs 5 €": (["€", "5€", "5 €"], ["£", "5£"]),
    "only dots … here": (["dots"], ["in:lobby …", "…", "!!!"]),
    # identifiers, addresses, paths
    "call snake_case_name now": (["snake_case_name", "case", "snake_case", "case_na"], ["case_snake", "snakecase"]),
    "parseHTTPResponse fails": (["parseHTTPResponse", "parsehttpresponse", "http", "response", "parseH"],
                                ["ttp"]),
    "see hubbub.chat.search_view": (["hubbub.chat", "chat.search", "search_view", "view"], ["chat.hubbub"]),
    "C++ and C# differ": (["C++", "c#", "c"], ["C+++", "f#", "c#+"]),
    "fixes #123 at last": (["#123", "123", "fixes #123"], ["#12 ", "##123", "#124"]),
    "issue 123 has no sign": (["123"], ["#123"]),
    "run it with --verbose": (["--verbose", "verbose"], ["it -verbose"]),
    "write to Ann.Lee+news@mail.example": (
        ["ann.lee+news@mail.example", "lee", "@mail.example", "ann.lee"], ["ann@mail"]),
    "https://x.example/a/b?c=d#e": (["https://x.example/a/b?c=d#e", "x.example", "a/b", "b?c=d"], ["b/a"]),
    "at 192.168.0.1 or fe80::1": (["192.168.0.1", "192.168", "fe80::1"], ["168.192", "192.168.1"]),
    "/etc/nginx/nginx.conf": (["/etc/nginx/nginx.conf", "nginx.conf", "etc/nginx", "/etc"], ["nginx/etc"]),
    r"C:\Users\Ann\Müller.txt": ([r"C:\Users\Ann", "users\\ann", "muller.txt"], [r"D:\Users"]),
    # quotes
    "alpha beta gamma": (["“alpha beta”", "„beta gamma“", "«alpha beta»", "« beta gamma »", "「alpha beta」", "“alpha",
                          "alpha in:“Lobby”", "in：lobby alpha"],
                         ["“alpha gamma”", "„gamma beta“", "alpha -“beta gamma”"]),
}


@pytest.fixture
def ann(database):
    with db.transaction() as tx:
        return model.create(tx, "Ann", "ann", "member").id


def find(person, query):
    hits, _ = search.find(person, query, 0, 100)
    return {item["text"] for item in projection.found(hits)["items"]}


def wrong(person):
    """Return the queries whose answer is not the one in the table."""
    found = {query: find(person, query) for queries in CASES.values() for query in (*queries[0], *queries[1])}
    missing = [(text, query) for text, (good, _) in CASES.items() for query in good if text not in found[query]]
    return missing, [(text, query) for text, (_, bad) in CASES.items() for query in bad if text in found[query]]


def test_texts_of_any_script_are_found_by_what_people_type(ann):
    for number, text in enumerate(CASES):
        messages.post(ann, LOBBY, text, str(number))

    assert wrong(ann) == ([], [])


def highlighted(cases):
    """Return what the page highlights in each text for its words."""
    done = subprocess.run(["node", "tests/js/highlight.mjs"], cwd=Path(__file__).parent.parent, check=True,
                          input=msgspec.json.encode(cases), stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout)


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node on this machine: install the package nodejs")
def test_the_page_highlights_what_was_found_and_nothing_else():
    cases = [(text, one, found) for text, queries in CASES.items() for found in (0, 1) for one in queries[found]]
    queries = [query.parse(one) for _, one, _ in cases]
    answers = highlighted([(text, wanted.words, wanted.is_unfinished)
                           for (text, *_), wanted in zip(cases, queries, strict=True)])

    for (text, one, found), wanted, (whole, marked) in zip(cases, queries, answers, strict=True):
        assert whole == text
        if found == 0:
            assert len(marked) >= (len(wanted.groups) > 0), (text, one)
        elif not wanted.without:
            assert len(set(marked)) < len(wanted.groups) or not wanted.groups, (text, one, marked)


def test_messages_indexed_in_another_way_are_indexed_again_page_by_page(ann, monkeypatch):
    monkeypatch.setattr(search, "PAGE", 7)
    with monkeypatch.context() as patch:
        patch.setattr(search, "FOLDING", 1)
        patch.setattr(words, "indexed", lambda text: ["old", *text.lower().encode("ascii", "ignore").decode().split()])
        for number, text in enumerate(CASES):
            messages.post(ann, LOBBY, text, str(number))
        messages.edit(ann, LOBBY, 1, "The café’s edited", "edit")
    before = find(ann, "old")

    assert search._reindex_page()  # and then the process ended
    search.reindex()
    search.reindex()

    assert (len(before), find(ann, "old")) == (len(CASES), set())
    assert find(ann, "cafe's") == {"The café’s edited"}
    missing, extra = wrong(ann)
    assert [text for text, _ in missing if text != next(iter(CASES))] == extra == []
    if db.dialect() == "sqlite":
        with db.transaction() as tx:  # the index has the words of the table, and no others
            tx.execute("insert into searchable_index (searchable_index, rank) values ('integrity-check', 1)")
