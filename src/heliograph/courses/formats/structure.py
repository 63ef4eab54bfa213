"""The structure of a course version as it is stored: plain JSON, the same for every standard.

Readers build it, the player and the sequencing engine walk it. Every default of the standards is written out,
so that no reader of this form needs to know them; `None` means that the author said nothing where silence has
a meaning of its own. SM.n are the parts of the Sequencing Definition Model (SCORM 2004 4th Ed. SN, chapter
3), in whose words values are kept.
"""

from collections.abc import Iterator
from typing import Literal, NotRequired, TypedDict

Standard = Literal["scorm_11", "scorm_12", "scorm_2004", "cmi5", "xapi", "pdf", "mp3", "mp4"]
Edition = Literal["2nd", "3rd", "4th"]
MoveOn = Literal["NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed"]


class Launch(TypedDict):
    """What opens when an item is chosen.

    `href` is a path inside the course (decoded, no query); `query` is everything to append to it, "" or
    starting with "?" or "#", already encoded for a URL. The file may be missing; the report says so.

    `kind` "au" is an assignable unit of cmi5, "activity" one of tincan.xml. They may lie elsewhere, and so
    may an asset, since a page from elsewhere cannot reach the API of SCORM: then `href` is the whole address,
    encoded for a URL, beginning with http:// or https:// (as no path does), and `query` is "".
    """

    href: str
    query: str
    kind: Literal["sco", "asset", "au", "activity"]
    resource: str


class CompletionThreshold(TypedDict):
    """CAM, adlcp:completionThreshold: completed by measure, from which share (0 to 1), and the item's weight
    in its parent's progress.
    """

    completed_by_measure: bool
    min_progress_measure: float
    progress_weight: float


class DataMap(TypedDict):
    """One bucket of shared data that the item may use (SCORM 2004 4th Ed. CAM, adlcp:data)."""

    target_id: str
    read_shared_data: bool
    write_shared_data: bool


class ControlMode(TypedDict):
    """SM.1: how the children of this activity may be moved between."""

    choice: bool
    choice_exit: bool
    flow: bool
    forward_only: bool
    use_current_attempt_objective_info: bool
    use_current_attempt_progress_info: bool


class RuleCondition(TypedDict):
    """SM.2: one condition.

    `referenced_objective` None is the primary objective; `operator` is "noOp" or "not".
    """

    condition: str
    operator: str
    referenced_objective: str | None
    measure_threshold: float


class SequencingRule(TypedDict):
    """SM.2: if all or any of the conditions hold, do `action`, in the standard's own words."""

    combination: str
    conditions: list[RuleCondition]
    action: str


class Rules(TypedDict):
    """Pre-condition, exit and post-condition rules, in the author's order."""

    pre: list[SequencingRule]
    exit: list[SequencingRule]
    post: list[SequencingRule]


class LimitConditions(TypedDict):
    """SM.3. Durations and times stay in ISO 8601, as the author wrote them."""

    attempt_limit: int | None
    attempt_absolute_duration_limit: str | None
    attempt_experienced_duration_limit: str | None
    activity_absolute_duration_limit: str | None
    activity_experienced_duration_limit: str | None
    begin_time_limit: str | None
    end_time_limit: str | None


class AuxiliaryResource(TypedDict):
    """SM.4: a service beside the activity."""

    resource_id: str
    purpose: str


class RollupCondition(TypedDict):
    """SM.5: one condition on a child."""

    condition: str
    operator: str


class RollupRule(TypedDict):
    """SM.5: which children, how many of them, on what conditions, and what the parent then is."""

    child_activity_set: str
    minimum_count: int
    minimum_percent: float
    combination: str
    conditions: list[RollupCondition]
    action: str


class Rollup(TypedDict):
    """SM.5 and SM.8: the activity's part in its parent's roll-up, and the rules by which its children roll up
    into it.
    """

    objective_satisfied: bool
    progress_completion: bool
    objective_measure_weight: float
    rules: list[RollupRule]


class ObjectiveMap(TypedDict):
    """SM.7: which global objective is read and written."""

    target_id: str
    read_satisfied_status: bool
    read_normalized_measure: bool
    write_satisfied_status: bool
    write_normalized_measure: bool


class AdlObjectiveMap(TypedDict):
    """The further values of a global objective (SCORM 2004 4th Ed., adlseq:objectives)."""

    target_id: str
    read_raw_score: bool
    read_min_score: bool
    read_max_score: bool
    read_completion_status: bool
    read_progress_measure: bool
    write_raw_score: bool
    write_min_score: bool
    write_max_score: bool
    write_completion_status: bool
    write_progress_measure: bool


class Objective(TypedDict):
    """SM.6. Only the primary objective may be without an `id`.

    `maps` are imsss's, `adl_maps` are adlseq's.
    """

    id: str | None
    primary: bool
    satisfied_by_measure: bool
    min_normalized_measure: float
    maps: list[ObjectiveMap]
    adl_maps: list[AdlObjectiveMap]


class Randomization(TypedDict):
    """SM.9 and SM.10: selecting and reordering children."""

    randomization_timing: str
    select_count: int | None
    reorder_children: bool
    selection_timing: str


class DeliveryControls(TypedDict):
    """SM.11: what is tracked, and what the content sets itself."""

    tracked: bool
    completion_set_by_content: bool
    objective_set_by_content: bool


class ConstrainedChoice(TypedDict):
    """SN, constrain choice controls: ADL's limits on choice."""

    prevent_activation: bool
    constrain_choice: bool


class RollupConsiderations(TypedDict):
    """SN, rollup consideration controls: when a child counts in its parent's roll-up: always, ifAttempted,
    ifNotSkipped or ifNotSuspended.
    """

    required_for_satisfied: str
    required_for_not_satisfied: str
    required_for_completed: str
    required_for_incomplete: str
    measure_satisfaction_if_active: bool


class Sequencing(TypedDict):
    """The whole sequencing definition of one activity, whatever it took from the sequencing collection merged
    in.

    `objectives` holds the primary objective first if the author defined it, then the others.
    """

    control_mode: ControlMode
    rules: Rules
    limits: LimitConditions
    auxiliary_resources: list[AuxiliaryResource]
    rollup: Rollup
    objectives: list[Objective]
    randomization: Randomization
    delivery: DeliveryControls
    constrained_choice: ConstrainedChoice
    rollup_considerations: RollupConsiderations


class AssignableUnit(TypedDict):
    """What cmi5 says about an AU (13.1.4) beyond its address and mastery score.

    Texts are by language tag, "und" where the author named none; `objectives` are ids that the course
    defines.
    """

    id: str
    activity_type: str | None
    launch_method: Literal["AnyWindow", "OwnWindow"]
    move_on: MoveOn
    launch_parameters: str | None
    entitlement_key: str | None
    titles: dict[str, str]
    descriptions: dict[str, str]
    objectives: list[str]


class Block(TypedDict):
    """A block of cmi5 (13.1.2)."""

    id: str
    titles: dict[str, str]
    descriptions: dict[str, str]
    objectives: list[str]


class Cmi5Objective(TypedDict):
    """An objective of cmi5 (13.1.3); blocks and AUs refer to it, nothing is computed from it."""

    id: str
    titles: dict[str, str]
    descriptions: dict[str, str]


class Cmi5Course(TypedDict):
    """What a cmi5 course says about itself (13.1.1), and the objectives that it defines."""

    id: str
    titles: dict[str, str]
    descriptions: dict[str, str]
    objectives: list[Cmi5Objective]


class XapiActivity(TypedDict):
    """An activity of tincan.xml. `type` is an IRI; None where the author gave none."""

    id: str
    type: str | None
    names: dict[str, str]
    descriptions: dict[str, str]


class Item(TypedDict):
    """One node of the tree.

    `launch` is None for a heading, and for an item whose content is not in the package.

    `prerequisites` is an aicc_script, `max_time_allowed` is as written: an ISO 8601 duration in SCORM 2004's
    sequencing limits, HHHH:MM:SS.SS here. `mastery_score` is from 0 to 100, of cmi5 from 0 to 1. `sequencing`
    None means that every default holds. Of cmi5 an item that opens something has `au`, a heading `block`; of
    xAPI it has `activity`.
    """

    identifier: str
    title: str
    visible: bool
    launch: Launch | None
    prerequisites: str | None
    mastery_score: float | None
    max_time_allowed: str | None
    time_limit_action: str | None
    data_from_lms: str | None
    completion_threshold: CompletionThreshold | None
    hide_lms_ui: list[str]
    sequencing: Sequencing | None
    adl_data: list[DataMap]
    items: list["Item"]
    au: NotRequired[AssignableUnit]
    block: NotRequired[Block]
    activity: NotRequired[XapiActivity]


class Organization(TypedDict):
    """One way through the course; the root of an activity tree.

    A cmi5 course has its only one, with `cmi5`.
    """

    identifier: str
    title: str
    objectives_global_to_system: bool
    shared_data_global_to_system: bool
    sequencing: Sequencing | None
    completion_threshold: CompletionThreshold | None
    items: list[Item]
    cmi5: NotRequired[Cmi5Course]


class Structure(TypedDict):
    """The course.

    Identifiers of organizations and items are unique in it. `pages` is a PDF's number of pages, else None.
    `other_standard`, of SCORM alone, is the other SCORM where the manifest speaks of both: its pages may look
    for that one's API.
    """

    standard: Standard
    edition: Edition | None
    title: str
    default_organization: str
    organizations: list[Organization]
    pages: int | None
    other_standard: NotRequired[Standard | None]


def plain_item(identifier: str, title: str, launch: Launch | None) -> Item:
    """An item about which nothing further is said."""
    return Item(
        identifier=identifier,
        title=title,
        visible=True,
        launch=launch,
        prerequisites=None,
        mastery_score=None,
        max_time_allowed=None,
        time_limit_action=None,
        data_from_lms=None,
        completion_threshold=None,
        hide_lms_ui=[],
        sequencing=None,
        adl_data=[],
        items=[],
    )


def plain_organization(identifier: str, title: str, items: list[Item]) -> Organization:
    """An organization about which nothing further is said."""
    return Organization(
        identifier=identifier,
        title=title,
        objectives_global_to_system=True,
        shared_data_global_to_system=True,
        sequencing=None,
        completion_threshold=None,
        items=items,
    )


def launches(items: list[Item]) -> Iterator[Launch]:
    """Everything that opens below, in the order of the tree."""
    for item in items:
        if item["launch"]:
            yield item["launch"]
        yield from launches(item["items"])


def can_launch(items: list[Item]) -> bool:
    """Whether anything below opens content."""
    return next(launches(items), None) is not None
