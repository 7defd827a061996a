"""A realistic workspace, made through the public API, for screenshots, tests and benchmarks.

A small team builds weather stations and writes in ten languages; the screenshots show what Maya sees.
"""

import base64
import io
import itertools
import math
import random
import time
from urllib.parse import quote

from PIL import Image, ImageDraw, ImageFilter
from pycrdt import Doc, Text

from tests import still_clock
from tests.process import Server, call

PASSWORD = "correct horse battery"
PEOPLE = {
    "maya": "Maya Lindqvist", "amara": "Amara Okonkwo-Nwachukwu", "kenji": "佐藤 健二", "ana": "Ana Sofía Gutiérrez",
    "max": "Maximiliane von Hohenlohe-Langenburg", "nadia": "Надежда Вишневская", "omar": "عمر الفاروق",
    "shira": "שירה כהן", "anahit": "Անահիտ Պետրոսյան", "minh": "Nguyễn Thị Minh Khai", "haneul": "김하늘",
    "eleni": "Ελένη Παπαδοπούλου", "deploy": "Deploy bot",
}
STATUS = {"amara": "On call until Friday", "kenji": "🏔 Field test", "max": "Back on Monday", "maya": "🌦"}
ROOMS = {
    "launch": ("public", "Launch", "Station 2 ships on 14 December"),
    "firmware": ("public", "Firmware and radio", "LoRa, sleep modes, and why the battery is empty"),
    "design": ("public", "Design", "Enclosure, packaging, the page"),
    "support": ("public", "Support for Europe, the Middle East and Africa", "Answer within a day"),
    "tokyo": ("public", "東京オフィス", "毎週月曜日に会議"),
    "deploys": ("public", "Deploys", "What went out, and who sent it"),
    "weather": ("public", "Weather", "Photos of clouds"),
    "news": ("announcement", "Announcements", "Read by everyone"),
    "hiring": ("private", "Hiring", "Two engineers, one writer"),
}
# minutes ago, room, author, text; a reply names the text's first word in `thread`
TALK = [
    (2900, "news", "maya", "**Station 2** passed certification this morning. Thank you, everyone! 🎉"),
    (2890, "tokyo", "kenji", "おはようございます。来週の展示会の準備を始めましょう。"),
    (2880, "tokyo", "haneul", "좋아요! 저는 화요일에 도쿄에 도착합니다."),
    (1500, "weather", "ana", "Buenos días desde Valparaíso. 12 °C, y la niebla no se va."),
    (1490, "support", "shira", "שלום! התחנה של הלקוח בחיפה לא שולחת נתונים מאז אתמול."),
    (1480, "support", "omar", "سأنظر في الأمر. غالبًا تحتاج البوّابة إلى إعادة تشغيل."),
    (1470, "support", "eleni", "Το ίδιο συνέβη και στην Αθήνα — η επανεκκίνηση βοήθησε."),
    (1460, "hiring", "max", "The second candidate was excellent. Can we talk today, @maya?"),
    (1300, "launch", "max", "Morning! The boxes have arrived: 400 of them, and they fit. 📦"),
    (1296, "launch", "amara", "Wonderful. Then the only open question is the price of the sensor module."),
    (1290, "launch", "minh", "Nhà cung cấp báo giá mới hôm nay, tôi sẽ gửi bảng so sánh."),
    (118, "launch", "kenji", "Test of the new sleep mode, the battery lasts **214 days** in the field:\n\n```python\n"
        "def sleep_until(next_sample: float) -> None:\n    radio.off()\n"
        "    while (left := next_sample - clock.now()) > 0:\n"
        "        cpu.deep_sleep(min(left, 30.0))  # wake for the watchdog\n    radio.on()\n```"),
    (110, "launch", "max", "Checklist for today:\n\n- [x] Boxes\n- [x] Certificates\n- [ ] Release notes\n"
        "- [ ] Price, see the launch plan"),
    (98, "launch", "ana", "The station on the roof this morning, before the fog came back:"),
    (64, "launch", "amara", "Who writes the release notes, and in which languages do we need them?"),
    (48, "launch", "minh", "Here is the comparison for 400 pieces:\n\n"
        "| Supplier | Unit price | Lead time | Warranty |\n"
        "|---|--:|--:|---|\n| Kite Works | €18.40 | 3 weeks | 2 years |\n| Tea at Five | €17.90 | 6 weeks | 1 year |\n"
        "| Globe Trotters | €21.10 | **5 days** | 2 years |"),
    (46, "launch", "nadia", "Согласна с первым вариантом: гарантия важнее."),
    (41, "launch", "omar", "@maya could you approve the order before noon? The supplier closes early today."),
    (40, "launch", "shira", "תודה! גם אני מוכנה לצד שלי."),
    (22, "firmware", "kenji", "Reading the rain gauge costs 4 mA; I found the pull-up that was left on."),
    (21, "firmware", "nadia", "Отличная находка!"),
    (15, "design", "ana", "New icons are in the document. @here please look before three o'clock."),
    (12, "deploys", "deploy", "`api 2.14.0` is live in Frankfurt and São Paulo. Errors 0.02 %, latency 41 ms."),
    (9, "launch", "eleni", "Έτοιμες οι ελληνικές οδηγίες. Τις ανεβάζω τώρα."),
    (5, "launch", "anahit", "Order prepared: 400 × €18.40. And $KITE hardly moves today."),
]
THREAD = [
    (62, "minh", "I take Vietnamese and French."), (60, "haneul", "한국어는 제가 할게요."),
    (57, "anahit", "Armenian from me, by tomorrow. Is there a glossary?"),
    (50, "eleni", "Yes, among the documents. Please add every new term there, so that we all call a *rain gauge* one."),
    (30, "amara", "Perfect. @maya, then German, Spanish and Swedish remain."),
]
REACTIONS = [("Morning!", "🎉", "maya amara kenji ana"), ("Morning!", "📦", "minh omar"),
             ("Test of", "🔋", "nadia anahit haneul"), ("Test of", "👏", "amara"), ("The station", "😍", "max shira"),
             ("**Station 2**", "🚀", "amara kenji ana max nadia omar"),
             ("Here is", "👍", "anahit kenji")]
PLAN = """# Launch plan

Station 2 ships on **14 December**. This page is the one place where dates and owners are.

## What is decided
- 400 pieces in the first batch, boxes are here
- Price: €149, or €129 for schools
- Support answers within a day, in ten languages

## What is open
1. Supplier of the sensor module — @maya decides on Monday
2. Release notes: see the thread in Launch
3. Spare parts for the first year

| Region | Owner | Ready |
|---|---|---|
| Europe | Maximiliane | yes |
| East Asia | 佐藤 健二 | yes |
| South America | Ana Sofía | almost |

> Every number here comes from the field test in October.
"""


class Workspace:
    """The workspace on a running server; `tokens` and `ids` are by handle, `rooms` and `seqs` by name and text."""

    def __init__(self, server, past=None, now=time.time):
        self.server, self.past, self.now = server, past, now
        self.tokens, self.ids, self.rooms, self.seqs, self.documents = {}, {}, {}, {}, {}
        self._keys = itertools.count()

    def request(self, who, method, path, **body):
        return self.server.request_json(method, path, self.tokens.get(who, ""), body)

    def key(self):
        return f"seed-{next(self._keys)}"

    def go_to(self, minutes):
        """Set the server's clock to this many minutes ago."""
        if self.past:
            self.past.write_text(str(minutes * 60))

    def make(self):
        self.go_to(3000)
        self.join_people()
        self.create_rooms()
        self.publish_values()
        for minutes, room, who, text in TALK:
            self.go_to(minutes)
            self.post(room, who, text, files=[self.upload(room, who)] if text.startswith("The station") else [])
        self.reply_and_react()
        self.write_documents()
        self.notify()
        self.arrange()
        self.go_to(0)
        return self

    def join_people(self):
        for who, name in PEOPLE.items():
            invite = {}
            if who != "maya":
                role = "admin" if who == "amara" else "member"
                link = self.request("maya", "POST", "/api/invites", role=role)["url"]
                invite = {"secret": link.partition("#")[2]}
            joined = self.request("", "POST", "/api/join", name=name, handle=who, password=PASSWORD, **invite)
            self.tokens[who], self.ids[who] = joined["token"], joined["person"]["id"]
        for who, status in STATUS.items():
            self.request(who, "PATCH", "/api/me", status=status)
        for n, who in enumerate(("amara", "kenji", "ana", "shira")):
            self.server.request_json("PUT", "/api/me/avatar", self.tokens[who], portrait(n))

    def create_rooms(self):
        everyone = [id for who, id in self.ids.items() if who != "maya"]
        for room, (kind, name, topic) in ROOMS.items():
            people = everyone[:4] if kind == "private" else everyone
            made = self.request("maya", "POST", "/api/rooms", name=name, kind=kind, topic=topic, people=people,
                            key=self.key())
            self.rooms[room] = made["channel"]
        for name, people in (("amara", ["amara"]), ("kenji", ["kenji"]), ("group", ["ana", "max", "omar"]),
                             ("notes", [])):
            ids = [self.ids[who] for who in people]
            self.rooms[name] = self.request("maya", "POST", "/api/directs", people=ids)["channel"]

    def publish_values(self):
        self.go_to(0)
        self.request("maya", "POST", "/api/market")
        values = [18.2 + 4 * math.sin(n / 9) + random.Random(n).random() / 2 for n in range(180)]
        ticks = [{"symbol": symbol, "value": round(value * factor, 2), "at": self.now() - (180 - n) * 60}
                 for n, value in enumerate(values) for symbol, factor in (("ROOF.TEMP", 1), ("ROOF.HUMIDITY", 3.1))]
        self.request("amara", "POST", "/api/feeds/stations/ticks", title="Weather stations", ticks=ticks)

    def post(self, room, who, text, **more):
        path = f"/api/channels/{self.rooms[room]}/entries"
        seq = self.request(who, "POST", path, text=text, key=self.key(), **more)["seq"]
        self.seqs[text] = room, seq
        return seq

    def find(self, beginning):
        """Return the channel and seq of the message that begins with this text."""
        room, seq = next(place for text, place in self.seqs.items() if text.startswith(beginning))
        return self.rooms[room], seq

    def upload(self, room, who):
        data = landscape()
        body = {"channel": self.rooms[room], "name": "station-2.jpg", "size": len(data)}
        id = self.request(who, "POST", "/api/files", **body)["id"]
        return self.server.request_json("PUT", f"/api/files/{id}?offset=0", self.tokens[who], data)["file"]["id"]

    def reply_and_react(self):
        _, root = self.find("Who writes")
        for minutes, who, text in THREAD:
            self.go_to(minutes)
            self.post("launch", who, text, thread=root)
        for beginning, emoji, people in REACTIONS:
            channel, seq = self.find(beginning)
            for who in people.split():
                path = f"/api/channels/{channel}/messages/{seq}/reactions/{quote(emoji)}"
                self.request(who, "PUT", path, key=self.key())
        channel, seq = self.find("Checklist")
        self.request("maya", "PUT", f"/api/channels/{channel}/messages/{seq}/pin", key=self.key())
        for room in ("launch", "tokyo", "weather", "support", "news", "hiring"):
            window = self.request("maya", "GET", f"/api/channels/{self.rooms[room]}/window")
            unread = 2 if room in ("launch", "support") else 0
            items = window["items"][:-unread] if unread else window["items"]
            self.request("maya", "POST", f"/api/channels/{self.rooms[room]}/read", seq=items[-1]["seq"])

    def write_documents(self):
        for room, title, who, text in (("launch", "Launch plan", "max", PLAN),
                                       ("launch", "Glossary", "eleni", "# Glossary\n"),
                                       ("design", "Icons of the page", "ana", "# Icons\n\nThe new ones, @maya.\n")):
            made = self.request(who, "POST", "/api/documents", room=self.rooms[room], title=title, key=self.key())
            self.documents[title] = made["id"]
            document = Doc()
            document.get("text", type=Text).insert(0, text)
            update = base64.b64encode(document.get_update()).decode()
            client = self.server.connect(self.tokens[who])
            call(client, "update", channel=f"doc:{made['id']}", update=update, key=self.key())
            client.disconnect()

    def notify(self):
        self.go_to(8)
        self.post("amara", "amara", "Did you see the numbers from the roof? They look too good.")
        self.post("group", "omar", "Lunch at one?")
        self.request("maya", "POST", "/api/alerts", symbol="ROOF.TEMP", level=25, direction="above")
        self.request("maya", "POST", "/api/alerts", symbol="KITE", level=120, direction="above")
        self.request("amara", "POST", "/api/feeds/stations/ticks", ticks=[{"symbol": "ROOF.TEMP", "value": 25.4}])
        text = "The nightly backup is done: 12 GB in 3 minutes."
        self.request("amara", "POST", "/api/notify", person="maya", text=text, key=self.key())

    def arrange(self):
        """Give Maya's sidebar a star, a section of her own, a document and symbols; saved messages, a draft."""
        client = self.server.connect(self.tokens["maya"])
        document = f"doc:{self.documents['Launch plan']}"
        call(client, "set_section", id="work", name="Station 2", rank=1)
        call(client, "arrange", section="starred", channels=[self.rooms["launch"], self.rooms["amara"]])
        call(client, "arrange", section="work", channels=[self.rooms["firmware"], self.rooms["design"], document])
        call(client, "arrange", section="kind", channels=["feed:ROOF.TEMP", "feed:KITE"])
        for beginning in ("Yes, among", "Reading the rain"):
            channel, seq = self.find(beginning)
            call(client, "save", channel=channel, seq=seq, on=True)
        call(client, "draft", channel=self.rooms["hiring"], text="I would like to meet her again, with the team.")
        client.disconnect()


def portrait(n):
    """Draw a picture for a profile: two hills under a sun."""
    image = Image.new("RGB", (128, 128), ("#f2b880", "#8fb8de", "#b5c99a", "#d4a5c9")[n])
    draw = ImageDraw.Draw(image)
    draw.ellipse((20 + 12 * n, 18, 60 + 12 * n, 58), fill="#fff3c4")
    draw.ellipse((-40, 70, 110, 220), fill=("#8a4f2a", "#2c5f8a", "#4d6b35", "#7a3f6d")[n])
    draw.ellipse((50, 84, 190, 220), fill=("#5e3218", "#1c3f5f", "#354b23", "#522848")[n])
    return encoded(image, "PNG")


def landscape():
    """Draw a photo of mountains in the fog and a mast."""
    width, height = 1200, 675
    image = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", [image.point(lambda v, a=a, b=b: int(a + (b - a) * v / 255))
                                for a, b in ((96, 246), (140, 214), (190, 178))])
    draw = ImageDraw.Draw(image)
    for layer in range(5):
        points = [(x, height * (0.42 + layer * 0.12) + 46 * math.sin(x / (150 - 18 * layer) + layer * 1.7)
                   + 14 * math.sin(x / 37 + layer)) for x in range(0, width + 8, 8)]
        shade = 150 - layer * 30
        draw.polygon([*points, (width, height), (0, height)], fill=(shade - 20, shade, shade + 14))
        if layer < 4:
            image = image.filter(ImageFilter.GaussianBlur(4 - layer))
            draw = ImageDraw.Draw(image)
    draw.rectangle((866, 190, 874, 640), fill="#20262b")
    draw.rounded_rectangle((820, 150, 920, 230), 14, fill="#f4f5f2")
    draw.ellipse((850, 170, 890, 210), fill="#3d7ea6")
    return encoded(image.filter(ImageFilter.GaussianBlur(1)), "JPEG", quality=82)


def encoded(image, kind, **more):
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def start(folder, still=False):
    """Start a server on an empty folder with the workspace in it; a still one looks the same each time."""
    past = folder / "past"
    past.write_text("0")
    server = Server(folder / "data", module=f"tests.{'still' if still else 'past'}_clock", HUBBUB_PAST=str(past))
    if not still:
        return Workspace(server, past).make()
    place = Workspace(server, past, lambda: still_clock.MOMENT).make()
    place.go_to(-1 / 3)  # so that nothing happened exactly some minutes ago
    return place
