"""Emoji by the names that other programs use, `:tada:`; most are the names in Unicode, with underscores."""

import re
import unicodedata
from functools import lru_cache

from hubbub.chat import emoji

WORD = "[a-z0-9+-][a-z0-9_+-]{0,40}"
NAME = re.compile(f":({WORD}):")
KINDS = ("{}", "{} SIGN", "{} FACE", "{} SYMBOL", "BLACK {}", "WHITE {}", "FACE WITH {}", "{} MARK")
SPELLED = (  # those whose names in Unicode are others
    "+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|white_check_mark ✅|heavy_check_mark ✔|x ❌|exclamation ❗"
    "|question ❓|heavy_exclamation_mark ❗|bangbang ‼|rotating_light 🚨|tada 🎉|boom 💥|bulb 💡|computer 💻"
    "|gear ⚙|mag 🔍|lock 🔒|unlock 🔓|mailbox 📫|memo 📝|pencil 📝|package 📦|pushpin 📌|recycle ♻|robot_face 🤖"
    "|robot 🤖|satellite 📡|sos 🆘|tools 🛠|wrench 🔧|large_green_circle 🟢|green_circle 🟢"
    "|large_yellow_circle 🟡|yellow_circle 🟡|large_orange_circle 🟠|orange_circle 🟠|red_circle 🔴"
    "|large_blue_circle 🔵|white_circle ⚪|black_circle ⚫|large_blue_diamond 🔷|no_entry ⛔|no_entry_sign 🚫"
    "|construction 🚧|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊"
    "|information_source ℹ|loudspeaker 📢|mega 📣|hourglass_flowing_sand ⏳|arrow_up ⬆|arrow_down ⬇"
    "|arrow_right ➡|arrow_left ⬅|zap ⚡|heart ❤|smile 😄|smiley 😃|cry 😢|eyes 👀|fire 🔥|skull 💀|ghost 👻|ok 🆗"
    "|ok_hand 👌|wave 👋|clap 👏|pray 🙏|muscle 💪|bug 🐛|ship 🚢|cloud ☁|sunny ☀|coffee ☕|100 💯|thinking_face 🤔"
    "|warning ⚠|hammer_and_wrench 🛠|chart 💹|clock1 🕐|email 📧|link 🔗|shield 🛡"
    "|no_bell 🔕|mute 🔇|loud_sound 🔊|alarm_clock ⏰|calendar 📆|star ⭐|stop_sign 🛑|police_car_light 🚨"
    "|joy 😂|heart_eyes 😍|sob 😭|laughing 😆|satisfied 😆|rofl 🤣|sweat_smile 😅|wink 😉|blush 😊|grin 😁"
    "|kissing_heart 😘|stuck_out_tongue 😛|stuck_out_tongue_winking_eye 😜|sunglasses 😎|smirk 😏|relaxed ☺"
    "|innocent 😇|rage 😡|scream 😱|point_up ☝|point_up_2 👆|point_down 👇|point_left 👈|point_right 👉"
    "|raised_hands 🙌|facepalm 🤦|man-facepalming 🤦‍♂|woman-facepalming 🤦‍♀|man-shrugging 🤷‍♂"
    "|woman-shrugging 🤷‍♀|crossed_fingers 🤞|star2 🌟|beer 🍺|beers 🍻|cake 🍰|birthday 🎂|spock-hand 🖖|v ✌|metal 🤘"
    "|the_horns 🤘|ok_woman 🙆‍♀|no_good 🙅‍♀|bow 🙇|man-bowing 🙇‍♂|see_no_evil 🙈|hear_no_evil 🙉|speak_no_evil 🙊"
    "|gift 🎁|dart 🎯|moneybag 💰|date 📅|iphone 📱|pencil2 ✏|arrows_counterclockwise 🔄|back 🔙|end 🔚|on 🔛|top 🔝"
    "|soon 🔜|upside_down_face 🙃|zipper_mouth_face 🤐|mask 😷|exploding_head 🤯|star-struck 🤩|partying_face 🥳"
    "|pleading_face 🥺|one 1⃣|two 2⃣|three 3⃣|four 4⃣|five 5⃣|six 6⃣|seven 7⃣|eight 8⃣|nine 9⃣|zero 0⃣|hash #⃣"
    "|pizza 🍕|fries 🍟|tea 🍵|cocktail 🍸|smiling_face_with_3_hearts 🥰|yum 😋|no_mouth 😶|simple_smile 🙂|hankey 💩"
    "|poop 💩|hand ✋|middle_finger 🖕|fist ✊|facepunch 👊|punch 👊|large_purple_circle 🟣|large_brown_circle 🟤"
    "|raised_hand_with_fingers_splayed 🖐|hugging_face 🤗|nerd_face 🤓|open_hands 👐|ballot_box_with_check ☑"
    "|white_medium_square ◻|black_medium_square ◼|left_speech_bubble 🗨|us 🇺🇸|gb 🇬🇧|uk 🇬🇧|de 🇩🇪|fr 🇫🇷|es 🇪🇸"
    "|it 🇮🇹|jp 🇯🇵|cn 🇨🇳|kr 🇰🇷|ru 🇷🇺"
    "|house 🏠|truck 🚚|car 🚗|bike 🚲|boat ⛵|tornado 🌪|stars 🌠|zzz 💤|cd 💿|gem 💎|tv 📺|phone ☎|fax 📠|moon 🌔"
    "|bee 🐝|apple 🍎|cool 🆒|new 🆕|free 🆓|up 🆙|o ⭕|vs 🆚|id 🆔|sound 🔉|repeat 🔁|rewind ⏪|fast_forward ⏩"
    "|arrow_forward ▶|arrow_backward ◀|pause_button ⏸|stop_button ⏹|record_button ⏺"
    "|play_or_pause_button ⏯|next_track_button ⏭"
    "|previous_track_button ⏮|arrows_clockwise 🔃|arrow_up_down ↕|arrow_upper_right ↗|arrow_lower_right ↘"
    "|arrow_upper_left ↖|arrow_lower_left ↙|traffic_light 🚥|checkered_flag 🏁|infinity ♾|flashlight 🔦|headphones 🎧"
    "|camera_flash 📸|clapper 🎬|art 🎨|dna 🧬|thread 🧵|jigsaw 🧩|calling 📲|signal_strength 📶|envelope_with_arrow 📩"
    "|mailbox_with_mail 📬|mailbox_closed 📪|mailbox_with_no_mail 📭|spiral_notepad 🗒|spiral_calendar 🗓|paperclips 🖇"
    "|pen 🖊|fountain_pen 🖋|paintbrush 🖌|clamp 🗜|balance_scale ⚖|bricks 🧱|computer_mouse 🖱|tickets 🎟"
    "|medal_sports 🏅|1st_place_medal 🥇|2nd_place_medal 🥈|3rd_place_medal 🥉|detective 🕵|alien 👽|angel 👼|santa 🎅"
    "|shit 💩|frowning 😦|persevere 😣|sweat 😓|cold_sweat 😰|triumph 😤|cold_face 🥶|hot_face 🥵|vomiting_face 🤮"
    "|woozy_face 🥴|zany_face 🤪|monocle_face 🧐|roll_eyes 🙄|raised_eyebrow 🤨|money_mouth_face 🤑"
    "|face_with_head_bandage 🤕|hugs 🤗|speaking_head 🗣|sweat_drops 💦|earth_africa 🌍|earth_americas 🌎|earth_asia 🌏"
    "|partly_sunny ⛅|sun_behind_rain_cloud 🌦|cloud_with_lightning_and_rain ⛈|wind_face 🌬|leaves 🍃|ocean 🌊|cat 🐱"
    "|dog 🐶|cow 🐮|pig 🐷|mouse 🐭|tiger 🐯|rabbit 🐰|horse 🐴|whale 🐳|kiss 💋|dizzy 💫|book 📖|lips 👄|snowman ⛄"
    "|umbrella ☔|train 🚋|red_square 🟥|green_square 🟩|orange_square 🟧|yellow_square 🟨|purple_square 🟪"
    "|brown_square 🟫|blue_square 🟦|brown_circle 🟤|purple_circle 🟣|office 🏢|post_office 🏣|shopping_cart 🛒"
    "|running 🏃|walking 🚶|cook 🧑‍🍳|scientist 🧑‍🔬|technologist 🧑‍💻|cop 👮|parking 🅿|fuelpump ⛽|anger_right 🗯"
    "|heartbeat 💓|broken_heart 💔|hotsprings ♨|tm ™|ng 🆖|sa 🈂|grey_exclamation ❕|grey_question ❔"
    "|six_pointed_star 🔯|small_red_triangle 🔺|small_red_triangle_down 🔻|trident 🔱|vhs 📼|film_strip 🎞"
    "|framed_picture 🖼|dove 🕊|house_with_garden 🏡|houses 🏘|clock2 🕑|clock3 🕒|clock4 🕓|clock5 🕔|clock6 🕕|clock7 🕖"
    "|clock8 🕗|clock9 🕘|clock10 🕙|clock11 🕚|clock12 🕛"
)
FLAG = re.compile("flag-([a-z]{2})")
OTHERS = dict(pair.split(" ") for pair in SPELLED.split("|"))


@lru_cache(2048)
def emoji_named(name: str) -> str:
    """Return the emoji with this name, without colons; empty if there is none."""
    if found := OTHERS.get(name):
        return emoji.canonical(found)
    if flag := FLAG.fullmatch(name):
        return emoji.canonical("".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in flag[1]))
    words = name.upper().replace("_", " ")
    for kind in KINDS:
        try:
            found = emoji.canonical(unicodedata.lookup(kind.format(words)))
        except KeyError:
            continue
        if found:
            return found
    return ""


def icon(text: str) -> str:
    """Return an emoji that is written as it is or by its name; empty for anything else."""
    return emoji.canonical(text) or emoji_named(text.strip(":").partition("::")[0][:40])


def replace(text: str) -> str:
    """Return a text with emoji in place of their names; unknown names stay."""
    return NAME.sub(lambda found: emoji_named(found[1]) or found[0], text) if ":" in text else text
