"""Every lesson runs, fast enough to wait for, and meets the rules that show when it runs."""

import pytest

from autograder.authoring.rules import RULES, Material, rulebook

pytestmark = pytest.mark.slow


def test_it_does_not_keep_a_learner_waiting(executed):
    # A yardstick is about half a second of processor time: no cell takes 20 seconds, no lesson a minute and a half.
    code = (cell for cell in executed.cells if cell.cell_type == "code")
    spent = {cell.id: cell.metadata.get("yardsticks", 0) for cell in code}
    assert {cell: times for cell, times in spent.items() if times > 40} == {}
    assert sum(spent.values()) < 180


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.subject == rulebook.RUN], ids=lambda rule: rule.broken.__name__
)
def test_a_rule_holds(source, rule, request):
    material = Material(source)
    part = "executed_release" if rule.broken.__name__ == "unsolved" else "executed"
    setattr(material, "unanswered" if part == "executed_release" else "executed", request.getfixturevalue(part))
    assert list(rule.broken(material)) == [], rule.says
