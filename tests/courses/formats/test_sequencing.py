"""Sequencing definitions are kept whole, in one form, with every default written out."""

import pytest
from tests.builders import Sco, build_package
from tests.courses.reading import codes, items, read

from heliograph.courses.formats.structure import Sequencing

DEFAULTS = {
    "control_mode": {
        "choice": True,
        "choice_exit": True,
        "flow": False,
        "forward_only": False,
        "use_current_attempt_objective_info": True,
        "use_current_attempt_progress_info": True,
    },
    "rules": {"pre": [], "exit": [], "post": []},
    "limits": {
        "attempt_limit": None,
        "attempt_absolute_duration_limit": None,
        "attempt_experienced_duration_limit": None,
        "activity_absolute_duration_limit": None,
        "activity_experienced_duration_limit": None,
        "begin_time_limit": None,
        "end_time_limit": None,
    },
    "auxiliary_resources": [],
    "rollup": {
        "objective_satisfied": True,
        "progress_completion": True,
        "objective_measure_weight": 1.0,
        "rules": [],
    },
    "objectives": [],
    "randomization": {
        "randomization_timing": "never",
        "select_count": None,
        "reorder_children": False,
        "selection_timing": "never",
    },
    "delivery": {"tracked": True, "completion_set_by_content": False, "objective_set_by_content": False},
    "constrained_choice": {"prevent_activation": False, "constrain_choice": False},
    "rollup_considerations": {
        "required_for_satisfied": "always",
        "required_for_not_satisfied": "always",
        "required_for_completed": "always",
        "required_for_incomplete": "always",
        "measure_satisfaction_if_active": True,
    },
}


@pytest.fixture
def sequencing(tmp_path):
    """Reads one item's sequencing, written without its outer element."""

    def read_it(inside: str, collection: str = "", reference: str = "") -> tuple[Sequencing, list[str]]:
        outer = f"<imsss:sequencing{reference}>{inside}</imsss:sequencing>"
        shared = (
            f"<imsss:sequencingCollection>{collection}</imsss:sequencingCollection>" if collection else ""
        )
        data = build_package(standard="scorm_2004", scos=[Sco(inside=outer)], inside_manifest=shared)
        course = read(tmp_path, data)
        rules = items(course)[0]["sequencing"]
        assert rules is not None
        return rules, codes(course)

    return read_it


def test_no_definition_is_none_and_an_empty_one_is_all_defaults(tmp_path, sequencing):
    assert items(read(tmp_path, build_package(standard="scorm_2004")))[0]["sequencing"] is None
    assert sequencing("") == (DEFAULTS, [])


def test_the_organization_has_its_own_definition(tmp_path):
    inside = '<imsss:sequencing><imsss:controlMode choice="false" flow="true"/></imsss:sequencing>'
    course = read(tmp_path, build_package(standard="scorm_2004", inside_organization=inside))
    rules = course.structure["organizations"][0]["sequencing"]
    assert rules is not None
    mode = rules["control_mode"]
    assert (mode["choice"], mode["flow"]) == (False, True)


def test_control_mode_limits_delivery_randomisation_and_adls_own_elements_are_read(sequencing):
    rules, told = sequencing(
        '<imsss:controlMode choice="false" choiceExit="0" flow="1" forwardOnly="TRUE" '
        'useCurrentAttemptObjectiveInfo="false" useCurrentAttemptProgressInfo="false"/>'
        '<imsss:limitConditions attemptLimit="2" attemptAbsoluteDurationLimit="PT1H"'
        ' endTimeLimit="2030-01-01T00:00:00"/>'
        '<imsss:auxiliaryResources><imsss:auxiliaryResource auxiliaryResourceID="help" purpose="glossary"/>'
        "</imsss:auxiliaryResources>"
        '<imsss:randomizationControls randomizationTiming="once" selectCount="3" reorderChildren="true" '
        'selectionTiming="onEachNewAttempt"/>'
        '<imsss:deliveryControls tracked="false" completionSetByContent="true" objectiveSetByContent="true"/>'
        '<adlseq:constrainedChoiceConsiderations preventActivation="true" constrainChoice="true"/>'
        '<adlseq:rollupConsiderations requiredForSatisfied="ifAttempted" '
        'requiredForNotSatisfied="ifNotSkipped" '
        'requiredForCompleted="ifNotSuspended" measureSatisfactionIfActive="false"/>'
    )
    assert told == []
    assert rules["control_mode"] == {
        "choice": False,
        "choice_exit": False,
        "flow": True,
        "forward_only": True,
        "use_current_attempt_objective_info": False,
        "use_current_attempt_progress_info": False,
    }
    assert rules["limits"]["attempt_limit"] == 2
    assert rules["limits"]["attempt_absolute_duration_limit"] == "PT1H"
    assert rules["limits"]["end_time_limit"] == "2030-01-01T00:00:00"
    assert rules["auxiliary_resources"] == [{"resource_id": "help", "purpose": "glossary"}]
    assert rules["randomization"] == {
        "randomization_timing": "once",
        "select_count": 3,
        "reorder_children": True,
        "selection_timing": "onEachNewAttempt",
    }
    assert rules["delivery"] == {
        "tracked": False,
        "completion_set_by_content": True,
        "objective_set_by_content": True,
    }
    assert rules["constrained_choice"] == {"prevent_activation": True, "constrain_choice": True}
    assert rules["rollup_considerations"] == {
        "required_for_satisfied": "ifAttempted",
        "required_for_not_satisfied": "ifNotSkipped",
        "required_for_completed": "ifNotSuspended",
        "required_for_incomplete": "always",
        "measure_satisfaction_if_active": False,
    }


def test_rules_keep_their_kind_order_and_conditions(sequencing):
    rules, _ = sequencing(
        "<imsss:sequencingRules>"
        '<imsss:preConditionRule><imsss:ruleConditions conditionCombination="any">'
        '<imsss:ruleCondition referencedObjective="o" measureThreshold="0.5" operator="not"'
        ' condition="objectiveMeasureGreaterThan"/>'
        '<imsss:ruleCondition condition="always"/></imsss:ruleConditions><imsss:ruleAction action="skip"/>'
        "</imsss:preConditionRule>"
        '<imsss:preConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="attempted"/>'
        "</imsss:ruleConditions>"
        '<imsss:ruleAction action="disabled"/></imsss:preConditionRule>'
        '<imsss:exitConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="completed"/>'
        "</imsss:ruleConditions>"
        '<imsss:ruleAction action="exit"/></imsss:exitConditionRule>'
        '<imsss:postConditionRule><imsss:ruleConditions><imsss:ruleCondition condition="satisfied"/>'
        "</imsss:ruleConditions>"
        '<imsss:ruleAction action="exitAll"/></imsss:postConditionRule></imsss:sequencingRules>'
    )
    assert [rule["action"] for rule in rules["rules"]["pre"]] == ["skip", "disabled"]
    assert [rule["combination"] for rule in rules["rules"]["pre"]] == ["any", "all"]
    assert rules["rules"]["pre"][0]["conditions"] == [
        {
            "condition": "objectiveMeasureGreaterThan",
            "operator": "not",
            "referenced_objective": "o",
            "measure_threshold": 0.5,
        },
        {"condition": "always", "operator": "noOp", "referenced_objective": None, "measure_threshold": 0.0},
    ]
    assert rules["rules"]["exit"][0]["action"] == "exit"
    assert rules["rules"]["post"][0]["action"] == "exitAll"


def test_rollup_rules_are_read(sequencing):
    rules, _ = sequencing(
        '<imsss:rollupRules rollupObjectiveSatisfied="false" rollupProgressCompletion="false"'
        ' objectiveMeasureWeight="0.25">'
        '<imsss:rollupRule childActivitySet="atLeastPercent" minimumPercent="0.5"><imsss:rollupConditions>'
        '<imsss:rollupCondition operator="not" condition="attempted"/></imsss:rollupConditions>'
        '<imsss:rollupAction action="notSatisfied"/></imsss:rollupRule>'
        '<imsss:rollupRule childActivitySet="atLeastCount" minimumCount="2">'
        '<imsss:rollupConditions conditionCombination="all">'
        '<imsss:rollupCondition condition="completed"/></imsss:rollupConditions>'
        '<imsss:rollupAction action="completed"/></imsss:rollupRule></imsss:rollupRules>'
    )
    assert rules["rollup"] == {
        "objective_satisfied": False,
        "progress_completion": False,
        "objective_measure_weight": 0.25,
        "rules": [
            {
                "child_activity_set": "atLeastPercent",
                "minimum_count": 0,
                "minimum_percent": 0.5,
                "combination": "any",
                "conditions": [{"condition": "attempted", "operator": "not"}],
                "action": "notSatisfied",
            },
            {
                "child_activity_set": "atLeastCount",
                "minimum_count": 2,
                "minimum_percent": 0.0,
                "combination": "all",
                "conditions": [{"condition": "completed", "operator": "noOp"}],
                "action": "completed",
            },
        ],
    }


def test_objectives_join_imss_and_adls_maps(sequencing):
    rules, told = sequencing(
        '<imsss:objectives><imsss:objective objectiveID="other"/>'
        '<imsss:primaryObjective objectiveID="main" satisfiedByMeasure="true"><imsss:minNormalizedMeasure>0.8'
        '</imsss:minNormalizedMeasure><imsss:mapInfo targetObjectiveID="g1" writeSatisfiedStatus="true" '
        'readNormalizedMeasure="false"/></imsss:primaryObjective></imsss:objectives>'
        '<adlseq:objectives><adlseq:objective objectiveID="main"><adlseq:mapInfo targetObjectiveID="g2" '
        'writeRawScore="true" readCompletionStatus="false"/></adlseq:objective></adlseq:objectives>'
    )
    assert told == []
    main, other = rules["objectives"]
    assert (main["id"], main["primary"], main["satisfied_by_measure"], main["min_normalized_measure"]) == (
        "main",
        True,
        True,
        0.8,
    )
    assert main["maps"] == [
        {
            "target_id": "g1",
            "read_satisfied_status": True,
            "read_normalized_measure": False,
            "write_satisfied_status": True,
            "write_normalized_measure": False,
        }
    ]
    adl = main["adl_maps"][0]
    assert (adl["target_id"], adl["write_raw_score"], adl["read_completion_status"]) == ("g2", True, False)
    assert (adl["read_raw_score"], adl["write_progress_measure"]) == (True, False)
    assert (other["id"], other["primary"], other["min_normalized_measure"]) == ("other", False, 1.0)


def test_a_reference_takes_over_what_is_not_said_again(sequencing):
    parts = '<imsss:controlMode flow="true"/><imsss:deliveryControls tracked="false"/>'
    shared = f'<imsss:sequencing ID="s">{parts}</imsss:sequencing>'
    rules, told = sequencing('<imsss:controlMode choice="false"/>', shared, ' IDRef="s"')
    assert told == []
    assert (rules["control_mode"]["choice"], rules["control_mode"]["flow"]) == (False, False)
    assert rules["delivery"]["tracked"] is False


def test_a_reference_to_nothing_is_told(sequencing):
    assert sequencing("", reference=' IDRef="gone"') == (DEFAULTS, ["sequencing_reference"])


@pytest.mark.parametrize(
    "inside",
    [
        '<imsss:limitConditions attemptLimit="many"/>',
        '<imsss:randomizationControls selectionTiming="sometimes"/>',
        '<imsss:rollupRules objectiveMeasureWeight="7"/>',
        "<imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions>"
        '<imsss:ruleCondition condition="satisfied"/><imsss:ruleCondition condition="bored"/>'
        "</imsss:ruleConditions>"
        '<imsss:ruleAction action="skip"/></imsss:preConditionRule></imsss:sequencingRules>',
    ],
)
def test_values_that_the_standard_does_not_know_have_no_effect_and_are_told(sequencing, inside):
    assert sequencing(inside) == (DEFAULTS, ["sequencing_value"])


def test_words_in_wrong_case_are_understood(sequencing):
    rules, told = sequencing('<imsss:randomizationControls selectionTiming="OnEachNewAttempt"/>')
    assert (rules["randomization"]["selection_timing"], told) == ("onEachNewAttempt", [])
