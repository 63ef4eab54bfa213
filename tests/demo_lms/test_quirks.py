"""The reference LMS with the bad quirks of real ones: each quirk does what its row says, and nothing else
does.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.demo_lms.client import LEARNER, NAME, Course, Lms, open_course
from tests.demo_lms.packages import SCO, package
from tests.running import until

from heliograph import demo_lms
from heliograph.demo_lms.quirks import TABLE


def launched(lms: Lms, page: Page, standard: str, *quirks: str, course_id: str = "") -> tuple[str, Course]:
    course_id = course_id or lms.upload(package(standard))
    course = open_course(page, lms.play_url(course_id, quirk=list(quirks)))
    course.call("LMSInitialize" if standard == "scorm12" else "Initialize", "")
    return course_id, course


def test_every_quirk_is_in_the_readme() -> None:
    readme = (Path(demo_lms.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert [quirk.name for quirk in TABLE if f"| `{quirk.name}` | {quirk.does} |" not in readme] == []


def test_an_unknown_quirk_is_refused_with_those_there_are(lms: Lms) -> None:
    status, answer = lms.request(f"/play/{lms.upload(package())}?learner_id=a&quirk=nonsense")
    assert status == 400
    assert "There is no quirk “nonsense”; there are: no_learner_name" in answer.decode()


def test_manners_of_a_package_hold_for_every_launch_that_names_none(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm12"))
    answer = lms.json(f"/api/packages/{course_id}/quirks", b'{"quirks": ["no_learner_name", "slow:1"]}')
    assert answer["quirks"] == ["no_learner_name", "slow:1"]
    course = open_course(page, lms.play_url(course_id))
    course.call("LMSInitialize", "")
    assert course.call("LMSGetValue", "cmi.core.student_name") == ""
    _, other = launched(lms, page, "scorm12", "ignore_status", course_id=course_id)
    assert other.call("LMSGetValue", "cmi.core.student_name") == NAME


@pytest.mark.parametrize(
    ("quirk", "name", "learner"), [("no_learner_name", "", LEARNER), ("no_learner_id", NAME, "")]
)
def test_the_learner_is_hidden(lms: Lms, page: Page, quirk: str, name: str, learner: str) -> None:
    _, course = launched(lms, page, "scorm2004", quirk)
    assert course.call("GetValue", "cmi.learner_name") == name
    assert course.call("GetValue", "cmi.learner_id") == learner


def test_every_launch_restarts_with_nothing(lms: Lms, page: Page) -> None:
    course_id, course = launched(lms, page, "scorm12", "restart_attempts")
    course.call("LMSSetValue", "cmi.suspend_data", "kept?")
    course.call("LMSSetValue", "cmi.core.exit", "suspend")
    course.call("LMSFinish", "")
    _, again = launched(lms, page, "scorm12", "restart_attempts", course_id=course_id)
    assert again.call("LMSGetValue", "cmi.core.entry") == "ab-initio"
    assert again.call("LMSGetValue", "cmi.suspend_data") == ""
    assert len(lms.record(course_id)["attempts"]) == 2


def test_the_suspend_data_is_forgotten_and_the_rest_is_not(lms: Lms, page: Page) -> None:
    course_id, course = launched(lms, page, "scorm2004", "forget_suspend_data")
    course.call("SetValue", "cmi.suspend_data", "kept?")
    course.call("SetValue", "cmi.location", "4")
    course.call("SetValue", "cmi.exit", "suspend")
    course.call("Terminate", "")
    _, again = launched(lms, page, "scorm2004", "forget_suspend_data", course_id=course_id)
    assert again.call("GetValue", "cmi.entry") == "resume"
    assert again.call("GetValue", "cmi.location") == "4"
    assert again.fails("GetValue", "cmi.suspend_data") == "403"


def test_the_suspend_data_is_cut_short_without_a_word(lms: Lms, page: Page) -> None:
    _, course = launched(lms, page, "scorm2004", "truncate_suspend_data:5")
    assert course.fails("SetValue", "cmi.suspend_data", "0123456789") == "0"
    assert course.call("GetValue", "cmi.suspend_data") == "01234"
    _, course = launched(lms, page, "scorm12", "truncate_suspend_data")
    assert course.fails("LMSSetValue", "cmi.suspend_data", "x" * 9000) == "0"
    assert len(course.call("LMSGetValue", "cmi.suspend_data")) == 4096


@pytest.mark.parametrize(
    ("quirk", "code_12", "code_2004"), [("reject_status", "405", "406"), ("readonly_status", "403", "404")]
)
def test_a_status_is_refused(lms: Lms, page: Page, quirk: str, code_12: str, code_2004: str) -> None:
    _, course = launched(lms, page, "scorm12", quirk)
    assert course.fails("LMSSetValue", "cmi.core.lesson_status", "completed") == code_12
    assert course.fails("LMSSetValue", "cmi.core.score.raw", "5") == "0"
    _, course = launched(lms, page, "scorm2004", quirk)
    assert course.fails("SetValue", "cmi.completion_status", "completed") == code_2004
    assert course.fails("SetValue", "cmi.success_status", "passed") == code_2004


def test_a_status_is_taken_and_ignored(lms: Lms, page: Page) -> None:
    _, course = launched(lms, page, "scorm12", "ignore_status")
    assert course.call("LMSSetValue", "cmi.core.lesson_status", "completed") == "true"
    assert course.call("LMSGetValue", "cmi.core.lesson_status") == "not attempted"


def test_the_lms_has_its_own_idea_of_passing(lms: Lms, page: Page) -> None:
    _, course = launched(lms, page, "scorm12", "mastery_override:60")
    course.call("LMSSetValue", "cmi.core.lesson_status", "completed")
    assert course.call("LMSGetValue", "cmi.core.lesson_status") == "completed"
    course.call("LMSSetValue", "cmi.core.score.raw", "59")
    assert course.call("LMSGetValue", "cmi.core.lesson_status") == "failed"
    course.call("LMSSetValue", "cmi.core.score.raw", "60")
    assert course.call("LMSGetValue", "cmi.core.lesson_status") == "passed"
    _, course = launched(lms, page, "scorm2004", "mastery_override:60")
    course.call("SetValue", "cmi.score.scaled", "0.5")
    course.call("SetValue", "cmi.success_status", "passed")
    assert course.call("GetValue", "cmi.success_status") == "failed"


def test_commits_fail_after_some_and_nothing_more_is_stored(lms: Lms, page: Page) -> None:
    course_id, course = launched(lms, page, "scorm2004", "commit_fails:1")
    course.call("SetValue", "cmi.location", "1")
    assert course.fails("Commit", "") == "0"
    course.call("SetValue", "cmi.location", "2")
    assert course.fails("Commit", "") == "391"
    assert course.fails("Terminate", "") == "111"
    assert lms.record(course_id)["location"] == "1"
    _, course = launched(lms, page, "scorm12", "commit_fails")
    assert course.fails("LMSCommit", "") == "101"


def test_what_a_course_says_while_it_is_closed_is_not_heard(lms: Lms, page: Page) -> None:
    last_words = """<script>
      api.LMSInitialize("");
      api.LMSSetValue("cmi.core.lesson_location", "committed");
      api.LMSCommit("");
      addEventListener("unload", () => {
        api.LMSSetValue("cmi.core.lesson_location", "last word");
        api.LMSFinish("");
      });
    </script>"""
    course_id = lms.upload(package("scorm12", page=SCO + last_words))
    open_course(page, lms.play_url(course_id, quirk="no_last_words"))
    page.get_by_role("link", name="Leave the course").click()
    expect(page.get_by_role("link", name="Open the course again")).to_be_visible()
    record = lms.record(course_id)
    assert (record["location"], record["ended"]) == ("committed", False)


def test_a_slow_commit_is_stored_all_the_same(lms: Lms, page: Page) -> None:
    course_id, course = launched(lms, page, "scorm12", "slow:50")
    course.call("LMSSetValue", "cmi.core.lesson_location", "1")
    assert course.call("LMSCommit", "") == "true"
    assert lms.record(course_id)["location"] == "1"


@pytest.mark.parametrize(("quirks", "completes"), [(["finish_completes"], True), ([], False)])
def test_a_preview_that_finishes_is_called_completed_where_the_lms_does_so(
    lms: Lms, page: Page, quirks: list[str], completes: bool
) -> None:
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id, quirk=quirks, mode="browse"))
    course.call("LMSInitialize", "")
    course.call("LMSFinish", "")
    assert (lms.record(course_id)["status"]["completion"] == "completed") is completes


def test_the_exit_link_takes_its_time(lms: Lms, page: Page) -> None:
    launched(lms, page, "scorm12", "slow_exit:700")
    page.get_by_role("link", name="Leave the course").click()
    page.wait_for_url("**/learners/**")
    assert page.evaluate("performance.getEntriesByType('navigation')[0].responseStart") >= 700


LAST_WORDS = """<script>
  api.LMSInitialize("");
  api.LMSSetValue("cmi.core.lesson_location", "before");
  addEventListener("unload", () => {
    api.LMSSetValue("cmi.core.lesson_location", "last word");
    api.LMSFinish("");
  });
</script>"""


@pytest.mark.parametrize(
    ("quirks", "heard"),
    [
        (["navigates_away"], "last word"),
        (["navigates_away", "hangs_up_first"], "before"),
        (["removes_frame"], "last word"),
    ],
)
def test_who_says_goodbye_first_decides_whether_a_course_is_heard(
    lms: Lms, page: Page, quirks: list[str], heard: str
) -> None:
    course_id = lms.upload(package("scorm12", page=SCO + LAST_WORDS))
    open_course(page, lms.play_url(course_id, quirk=quirks))
    page.get_by_role("link", name="Leave the course").click()
    page.wait_for_url("**/learners/**")
    until(lambda: lms.record(course_id)["ended"], "the session is over")
    assert lms.record(course_id)["location"] == heard


def test_an_lms_that_takes_the_frame_out_ends_the_session_itself(lms: Lms, page: Page) -> None:
    course_id, course = launched(lms, page, "scorm12", "removes_frame")
    course.call("LMSSetValue", "cmi.core.lesson_location", "kept")
    page.get_by_role("link", name="Leave the course").click()
    page.wait_for_url("**/learners/**")
    record = lms.record(course_id)
    assert (record["ended"], record["location"]) == (True, "kept")
