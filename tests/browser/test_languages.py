"""Other scripts, input methods and wrong clocks in a browser."""

import pytest
from conftest import eventually

COMPOSED_ENTER = """selector => {
  const target = document.querySelector(selector)
  const key = { key: "Enter", bubbles: true, cancelable: true, composed: true }
  target.dispatchEvent(new KeyboardEvent("keydown", { ...key, isComposing: true }))
  target.dispatchEvent(new KeyboardEvent("keydown", { ...key, keyCode: 229 }))  // Safari: after the composition
}"""


def test_enter_confirms_a_composed_word_and_does_nothing_else(visit):
    ann = visit(stay="ann").come_in()
    ann.write("first")
    eventually(lambda: ann.sees() == ["first"])
    ann.find("#composer").fill("にほん")
    ann.page.evaluate(COMPOSED_ENTER, "#composer")
    ann.find("#composer").fill("see @her")
    eventually(lambda: ann.find(".suggestions [role=option]").count())
    ann.page.evaluate(COMPOSED_ENTER, "#composer")
    assert ann.find("#composer").input_value() == "see @her"

    ann.find("#composer").fill("")
    ann.page.keyboard.press("Control+k")
    eventually(lambda: ann.find("dialog.palette input").count())
    ann.page.evaluate(COMPOSED_ENTER, "dialog.palette input")
    assert ann.find("dialog.palette").count() == 1
    ann.page.keyboard.press("Escape")
    assert ann.sees() == ["first"]


def test_stacked_accents_stay_inside_their_message_and_lines_have_their_own_direction(visit):
    ann = visit(stay="ann").come_in()
    ann.write("Z" + "\u0301" * 120)
    ann.write("مرحبا `cursor.resume()` يا")
    ann.find("#composer").fill("hello\nمرحبا بالعالم")
    ann.find("#composer").press("Enter")

    eventually(lambda: len(ann.sees()) == 3)
    first, second, third = ann.find(".message .prose").all()[-3:]
    assert first.evaluate("one => getComputedStyle(one).overflowY") == "clip"
    code = second.locator("code").evaluate(
        "one => { const style = getComputedStyle(one); return [style.unicodeBidi, style.direction] }")
    assert code == ["isolate", "ltr"]
    left, right = third.locator("p").evaluate("""one => [one.firstChild, one.lastChild].map(text => {
      const range = document.createRange()
      range.selectNode(text)
      const line = range.getBoundingClientRect(), all = one.getBoundingClientRect()
      return [line.left - all.left, all.right - line.right]
    })""")
    assert left[0] < 2 < left[1]
    assert right[1] < 2 < right[0]


@pytest.mark.parametrize("hours", [-3, 3])
def test_ages_are_right_on_a_device_whose_clock_is_wrong(visit, hours):
    ann = visit(at="/healthz")
    ann.context.add_init_script(f"const real = Date.now; Date.now = () => real() + {hours * 3_600_000}")
    ann.page.goto(ann.url)
    ann.come_in()
    ann.write(f"root {hours}")
    ann.find(".message").last.hover()
    ann.find(".message").last.get_by_label("Reply in a thread").click()
    ann.find("#composer-thread").fill("answer")
    ann.find("#composer-thread").press("Enter")

    eventually(lambda: "just now" in ann.find(".thread-summary").last.inner_text())
