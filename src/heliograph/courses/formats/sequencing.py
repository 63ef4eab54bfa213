"""From imsss and adlseq elements to the stored form of `structure.Sequencing`, with nothing dropped.

A definition that refers to the sequencing collection takes over every part that it does not define itself
(SCORM 2004 CAM, imsss:sequencing, IDRef). Nobody can act on values outside a vocabulary: they fall back to
the default, the vocabulary's first word, and rules that need them are left out, with advice.
"""

from collections.abc import Callable, Iterator
from typing import Final

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.nodes import (
    Element,
    attribute,
    boolean,
    children,
    local_name,
    number,
    text,
    words,
)
from heliograph.courses.formats.structure import (
    AdlObjectiveMap,
    AuxiliaryResource,
    ConstrainedChoice,
    ControlMode,
    DeliveryControls,
    LimitConditions,
    Objective,
    ObjectiveMap,
    Randomization,
    Rollup,
    RollupCondition,
    RollupConsiderations,
    RollupRule,
    RuleCondition,
    Rules,
    Sequencing,
    SequencingRule,
)
from heliograph.courses.limits import shown

ROLLUP_CONDITIONS: Final = (
    "satisfied",
    "objectiveStatusKnown",
    "objectiveMeasureKnown",
    "completed",
    "activityProgressKnown",
    "attempted",
    "attemptLimitExceeded",
    "timeLimitExceeded",
    "outsideAvailableTimeRange",
)
CONDITIONS: Final = (*ROLLUP_CONDITIONS, "objectiveMeasureGreaterThan", "objectiveMeasureLessThan", "always")
PRE_ACTIONS: Final = ("skip", "disabled", "hiddenFromChoice", "stopForwardTraversal")
EXIT_ACTIONS: Final = ("exit",)
POST_ACTIONS: Final = ("exitParent", "exitAll", "retry", "retryAll", "continue", "previous")
ROLLUP_ACTIONS: Final = ("satisfied", "notSatisfied", "completed", "incomplete")
CHILD_SETS: Final = ("all", "any", "none", "atLeastCount", "atLeastPercent")
COMBINATIONS: Final = ("all", "any")
ROLLUP_COMBINATIONS: Final = ("any", "all")
OPERATORS: Final = ("noOp", "not")
TIMINGS: Final = ("never", "once", "onEachNewAttempt")
CONSIDERATIONS: Final = ("always", "ifAttempted", "ifNotSkipped", "ifNotSuspended")


class SequencingReader:
    """Reads the definitions of one manifest.

    `spend` is told how much every definition adds to the stored structure, since a small file can repeat a
    large collection many times over; it may refuse.
    """

    def __init__(self, collection: dict[str, Element], report: Report, spend: Callable[[int], None]) -> None:
        self._collection = collection
        self._report = report
        self._spend = spend
        self._where = ""

    def read(self, element: Element | None, where: str) -> Sequencing | None:
        """The definition below an item or organization called `where`; None if it has none."""
        if element is None:
            return None
        self._where = where
        parts = self._merged(element)
        for part in parts.values():
            self._spend(
                1 + sum(1 + sum(map(len, map(str, node.attrib.values()))) // 64 for node in part.iter())
            )
        return Sequencing(
            control_mode=self._control_mode(parts.get("controlmode")),
            rules=self._rules(parts.get("sequencingrules")),
            limits=self._limits(parts.get("limitconditions")),
            auxiliary_resources=_auxiliary_resources(parts.get("auxiliaryresources")),
            rollup=self._rollup(parts.get("rolluprules")),
            objectives=self._objectives(parts.get("objectives"), parts.get("adlseq:objectives")),
            randomization=self._randomization(parts.get("randomizationcontrols")),
            delivery=self._delivery(parts.get("deliverycontrols")),
            constrained_choice=self._constrained_choice(parts.get("constrainedchoiceconsiderations")),
            rollup_considerations=self._considerations(parts.get("rollupconsiderations")),
        )

    def _merged(self, element: Element) -> dict[str, Element]:
        """The parts of a definition by name, those of the collection's definition first, overridden by its
        own.
        """
        parts: dict[str, Element] = {}
        reference = words(element, "IDRef")
        if reference:
            shared = self._collection.get(reference)
            if shared is None:
                self._report.missing(
                    "sequencing_reference",
                    told(
                        gettext_noop(
                            "%(item)s uses the sequencing %(reference)s, which the manifest doesn't define."
                        ),
                        item=shown(self._where),
                        reference=shown(reference),
                    ),
                    self._where,
                )
            else:
                parts.update(_parts(shared))
        parts.update(_parts(element))
        return parts

    def _control_mode(self, element: Element | None) -> ControlMode:
        return ControlMode(
            choice=_flag(element, "choice", True),
            choice_exit=_flag(element, "choiceExit", True),
            flow=_flag(element, "flow", False),
            forward_only=_flag(element, "forwardOnly", False),
            use_current_attempt_objective_info=_flag(element, "useCurrentAttemptObjectiveInfo", True),
            use_current_attempt_progress_info=_flag(element, "useCurrentAttemptProgressInfo", True),
        )

    def _rules(self, element: Element | None) -> Rules:
        return Rules(
            pre=list(self._rules_of(element, "preConditionRule", PRE_ACTIONS)),
            exit=list(self._rules_of(element, "exitConditionRule", EXIT_ACTIONS)),
            post=list(self._rules_of(element, "postConditionRule", POST_ACTIONS)),
        )

    def _rules_of(
        self, element: Element | None, name: str, actions: tuple[str, ...]
    ) -> Iterator[SequencingRule]:
        for rule in _all(element, name):
            action = self._known(next(children(rule, "ruleAction"), None), "action", actions)
            group = next(children(rule, "ruleConditions"), None)
            conditions = list(map(self._condition, _all(group, "ruleCondition")))
            understood = [condition for condition in conditions if condition]
            if action and understood == conditions != []:
                yield SequencingRule(
                    combination=self._word(group, "conditionCombination", COMBINATIONS),
                    conditions=understood,
                    action=action,
                )

    def _condition(self, element: Element) -> RuleCondition | None:
        condition = self._known(element, "condition", CONDITIONS)
        if condition is None:
            return None
        return RuleCondition(
            condition=condition,
            operator=self._word(element, "operator", OPERATORS),
            referenced_objective=words(element, "referencedObjective"),
            measure_threshold=self._number(element, "measureThreshold", 0.0, -1.0, 1.0),
        )

    def _limits(self, element: Element | None) -> LimitConditions:
        def value(name: str) -> str | None:
            return words(element, name) if element is not None else None

        return LimitConditions(
            attempt_limit=self._count(element, "attemptLimit"),
            attempt_absolute_duration_limit=value("attemptAbsoluteDurationLimit"),
            attempt_experienced_duration_limit=value("attemptExperiencedDurationLimit"),
            activity_absolute_duration_limit=value("activityAbsoluteDurationLimit"),
            activity_experienced_duration_limit=value("activityExperiencedDurationLimit"),
            begin_time_limit=value("beginTimeLimit"),
            end_time_limit=value("endTimeLimit"),
        )

    def _rollup(self, element: Element | None) -> Rollup:
        return Rollup(
            objective_satisfied=_flag(element, "rollupObjectiveSatisfied", True),
            progress_completion=_flag(element, "rollupProgressCompletion", True),
            objective_measure_weight=self._number(element, "objectiveMeasureWeight", 1.0, 0.0, 1.0),
            rules=list(self._rollup_rules(element)),
        )

    def _rollup_rules(self, element: Element | None) -> Iterator[RollupRule]:
        for rule in _all(element, "rollupRule"):
            action = self._known(next(children(rule, "rollupAction"), None), "action", ROLLUP_ACTIONS)
            group = next(children(rule, "rollupConditions"), None)
            conditions = list(map(self._rollup_condition, _all(group, "rollupCondition")))
            understood = [condition for condition in conditions if condition]
            if action and understood == conditions != []:
                yield RollupRule(
                    child_activity_set=self._word(rule, "childActivitySet", CHILD_SETS),
                    minimum_count=self._count(rule, "minimumCount") or 0,
                    minimum_percent=self._number(rule, "minimumPercent", 0.0, 0.0, 1.0),
                    combination=self._word(group, "conditionCombination", ROLLUP_COMBINATIONS),
                    conditions=understood,
                    action=action,
                )

    def _rollup_condition(self, element: Element) -> RollupCondition | None:
        condition = self._known(element, "condition", ROLLUP_CONDITIONS)
        if condition is None:
            return None
        return RollupCondition(condition=condition, operator=self._word(element, "operator", OPERATORS))

    def _objectives(self, imsss: Element | None, adlseq: Element | None) -> list[Objective]:
        objectives = [self._objective(element, primary=True) for element in _all(imsss, "primaryObjective")][
            :1
        ]
        objectives += [self._objective(element, primary=False) for element in _all(imsss, "objective")]
        by_id = {objective["id"]: objective for objective in reversed(objectives)}
        for element in _all(adlseq, "objective"):
            identifier = words(element, "objectiveID")
            if identifier not in by_id:
                self._report.advice(
                    "sequencing_objective",
                    told(
                        gettext_noop(
                            "%(item)s extends the objective %(objective)s, which it doesn't define."
                        ),
                        item=shown(self._where),
                        objective=shown(identifier or ""),
                    ),
                    self._where,
                )
                by_id[identifier] = _bare_objective(identifier)
                objectives.append(by_id[identifier])
            by_id[identifier]["adl_maps"] += [_adl_map(entry) for entry in _all(element, "mapInfo")]
        return objectives

    def _objective(self, element: Element, *, primary: bool) -> Objective:
        objective = _bare_objective(words(element, "objectiveID"))
        objective["primary"] = primary
        objective["satisfied_by_measure"] = _flag(element, "satisfiedByMeasure", False)
        measure = next(children(element, "minNormalizedMeasure"), None)
        if measure is not None:
            objective["min_normalized_measure"] = self._checked(
                "minNormalizedMeasure", text(measure), 1.0, -1.0, 1.0
            )
        objective["maps"] = [_map(entry) for entry in _all(element, "mapInfo")]
        return objective

    def _randomization(self, element: Element | None) -> Randomization:
        return Randomization(
            randomization_timing=self._word(element, "randomizationTiming", TIMINGS),
            select_count=self._count(element, "selectCount"),
            reorder_children=_flag(element, "reorderChildren", False),
            selection_timing=self._word(element, "selectionTiming", TIMINGS),
        )

    def _delivery(self, element: Element | None) -> DeliveryControls:
        return DeliveryControls(
            tracked=_flag(element, "tracked", True),
            completion_set_by_content=_flag(element, "completionSetByContent", False),
            objective_set_by_content=_flag(element, "objectiveSetByContent", False),
        )

    def _constrained_choice(self, element: Element | None) -> ConstrainedChoice:
        return ConstrainedChoice(
            prevent_activation=_flag(element, "preventActivation", False),
            constrain_choice=_flag(element, "constrainChoice", False),
        )

    def _considerations(self, element: Element | None) -> RollupConsiderations:
        return RollupConsiderations(
            required_for_satisfied=self._word(element, "requiredForSatisfied", CONSIDERATIONS),
            required_for_not_satisfied=self._word(element, "requiredForNotSatisfied", CONSIDERATIONS),
            required_for_completed=self._word(element, "requiredForCompleted", CONSIDERATIONS),
            required_for_incomplete=self._word(element, "requiredForIncomplete", CONSIDERATIONS),
            measure_satisfaction_if_active=_flag(element, "measureSatisfactionIfActive", True),
        )

    def _word(self, element: Element | None, name: str, vocabulary: tuple[str, ...]) -> str:
        """The attribute in the vocabulary's own spelling, or the vocabulary's first word."""
        return self._known(element, name, vocabulary) or vocabulary[0]

    def _known(self, element: Element | None, name: str, vocabulary: tuple[str, ...]) -> str | None:
        written = words(element, name) if element is not None else None
        if written is None:
            return None
        for word in vocabulary:
            if word.lower() == written.lower():
                return word
        self._advise(name, written)
        return None

    def _number(self, element: Element | None, name: str, default: float, least: float, most: float) -> float:
        written = words(element, name) if element is not None else None
        return default if written is None else self._checked(name, written, default, least, most)

    def _checked(self, name: str, written: str, default: float, least: float, most: float) -> float:
        value = number(written)
        if value is not None and least <= value <= most:
            return value
        self._advise(name, written)
        return default

    def _count(self, element: Element | None, name: str) -> int | None:
        written = words(element, name) if element is not None else None
        if written is None:
            return None
        if written.isdecimal() and len(written) < 10:
            return int(written)
        self._advise(name, written)
        return None

    def _advise(self, name: str, written: str) -> None:
        self._report.advice(
            "sequencing_value",
            told(
                gettext_noop("%(item)s has an unknown %(name)s %(written)s, which was ignored."),
                item=shown(self._where),
                name=name,
                written=shown(written, 40),
            ),
            f"{self._where}/{name}",
        )


def _parts(element: Element) -> dict[str, Element]:
    """The parts of one definition by lower-case name.

    ADL's objectives carry a name of their own, beside IMS's.
    """
    parts: dict[str, Element] = {}
    for part in element:
        name = local_name(str(part.tag))
        if name == "objectives" and ("adlseq" in str(part.tag) or name in parts):
            name = "adlseq:objectives"
        parts.setdefault(name, part)
    return parts


def _all(element: Element | None, name: str) -> Iterator[Element]:
    return children(element, name) if element is not None else iter(())


def _flag(element: Element | None, name: str, default: bool) -> bool:
    return boolean(attribute(element, name), default) if element is not None else default


def _auxiliary_resources(element: Element | None) -> list[AuxiliaryResource]:
    return [
        AuxiliaryResource(
            resource_id=words(entry, "auxiliaryResourceID") or "", purpose=words(entry, "purpose") or ""
        )
        for entry in _all(element, "auxiliaryResource")
    ]


def _bare_objective(identifier: str | None) -> Objective:
    return Objective(
        id=identifier,
        primary=False,
        satisfied_by_measure=False,
        min_normalized_measure=1.0,
        maps=[],
        adl_maps=[],
    )


def _map(element: Element) -> ObjectiveMap:
    return ObjectiveMap(
        target_id=words(element, "targetObjectiveID") or "",
        read_satisfied_status=_flag(element, "readSatisfiedStatus", True),
        read_normalized_measure=_flag(element, "readNormalizedMeasure", True),
        write_satisfied_status=_flag(element, "writeSatisfiedStatus", False),
        write_normalized_measure=_flag(element, "writeNormalizedMeasure", False),
    )


def _adl_map(element: Element) -> AdlObjectiveMap:
    return AdlObjectiveMap(
        target_id=words(element, "targetObjectiveID") or "",
        read_raw_score=_flag(element, "readRawScore", True),
        read_min_score=_flag(element, "readMinScore", True),
        read_max_score=_flag(element, "readMaxScore", True),
        read_completion_status=_flag(element, "readCompletionStatus", True),
        read_progress_measure=_flag(element, "readProgressMeasure", True),
        write_raw_score=_flag(element, "writeRawScore", False),
        write_min_score=_flag(element, "writeMinScore", False),
        write_max_score=_flag(element, "writeMaxScore", False),
        write_completion_status=_flag(element, "writeCompletionStatus", False),
        write_progress_measure=_flag(element, "writeProgressMeasure", False),
    )
