"""`help(precision_score)` tells everything: what goes in, what comes out, what is refused, and where it is defined."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

import evalkit

PACKAGES = ("evalkit", "evalkit.streaming", "evalkit.plots", "evalkit.production", "evalkit.training", "evalkit.vision")
PUBLIC = [f"{package}.{name}" for package in PACKAGES for name in importlib.import_module(package).__all__]
NO_DEFINITION = {"evalkit.by_group"}  # it computes any metric


def public(name):
    package, _, name = name.rpartition(".")
    return getattr(importlib.import_module(package), name)


def sections(found):
    """The sections of a docstring in numpydoc's form, by their titles."""
    parts = re.split(r"^(\w+)\n-{3,}\n", inspect.getdoc(found) or "", flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def named(text):
    """The parameters that a section lists: `y_true, y_pred : array-like`, one to a line that is not indented."""
    lines = re.findall(r"^(\S[^:\n]*?)(?: :.*)?$", text, flags=re.MULTILINE)
    return {name.strip(" *") for line in lines for name in line.split(",")}


FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(public(name))]
CLASSES = [name for name in PUBLIC if inspect.isclass(public(name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_is_listed(name):
    function = public(name)
    listed = named(sections(function).get("Parameters", ""))
    assert set(inspect.signature(function).parameters) <= listed, set(inspect.signature(function).parameters) - listed


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.count(".") == 1])
def test_metrics_say_what_comes_out_what_is_refused_and_whose_definition_it_is(name):
    function = public(name)
    told = sections(function)
    assert "Raises" in told
    assert "Examples" in told
    assert "Returns" in told or inspect.signature(function).return_annotation not in (inspect.Signature.empty, "Any")
    source = inspect.getdoc(function) + inspect.getdoc(inspect.getmodule(function))
    assert re.search("References|scikit-learn|torchvision|COCO", source) or name in NO_DEFINITION
    assert "are those of `" not in told.get("Parameters", "")


@pytest.mark.parametrize("name", [name for name in CLASSES if name.startswith("evalkit.streaming.")])
def test_accumulators_list_their_settings_and_what_they_refuse(name):
    kind = public(name)
    if inspect.isabstract(kind) or not issubclass(kind, evalkit.streaming.Accumulator):
        return
    settings = set(inspect.signature(kind).parameters)
    assert settings <= named(sections(kind).get("Parameters", ""))
    assert "Raises" in sections(kind.update)
