"""Permutation importance: scikit-learn's within its scatter, exact where chance plays no part, and without a trace."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import f1_score, mean_squared_error
from evalkit.analysis.importance import permutation_importance


def data(n=600, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    y = (2 * X[:, 0] + X[:, 1] - X[:, 2] + rng.normal(0, 0.5, n) > 0).astype(int)
    return X, y


def test_as_scikit_learn_within_its_scatter():
    from sklearn.inspection import permutation_importance as of_sklearn
    from sklearn.tree import DecisionTreeClassifier

    X, y = data()
    model = DecisionTreeClassifier(max_depth=6, random_state=0).fit(X[:300], y[:300])
    ours = permutation_importance(model.predict, X[300:], y[300:], repeats=50, seed=1)
    theirs = of_sklearn(model, X[300:], y[300:], n_repeats=50, random_state=1)
    # The means of 50 shuffles each; five standard errors of their difference.
    allowed = 5 * np.sqrt((ours.std**2 + theirs.importances_std**2) / 50)
    assert (np.abs(ours.mean - theirs.importances_mean) <= allowed + 1e-12).all()
    assert ours.std == pytest.approx(theirs.importances_std, rel=0.5, abs=1e-3)
    assert ours.baseline == model.score(X[300:], y[300:])
    assert list(ours.order) == list(np.argsort(-theirs.importances_mean, kind="stable"))


def test_with_one_column_the_drop_is_known_exactly():
    """A model that answers with its only column: after shuffling it is right where the values happen to agree."""
    X = np.array([[0], [1], [1], [0], [1]])
    y = X[:, 0]
    found = permutation_importance(lambda rows: rows[:, 0], X, y, repeats=4, seed=3)
    rng = np.random.default_rng(3)
    expected = [1 - np.mean(rng.permutation(y) == y) for _ in range(4)]
    assert found.drops[0].tolist() == pytest.approx(expected)
    assert found.baseline == 1


def test_a_column_that_is_not_used_has_exactly_none():
    X, y = data()
    found = permutation_importance(lambda rows: (rows[:, 0] > 0).astype(int), X, y)
    assert (found.drops[1:] == 0).all()
    assert found.mean[0] > 0.2


def test_copies_of_one_column_stand_in_for_each_other():
    X, y = data()
    twice = np.column_stack([X[:, 0], X[:, 0]])
    alone = permutation_importance(lambda rows: (rows[:, 0] > 0).astype(int), X[:, :1], y)
    with pytest.warns(UserWarning, match=r"column 0 and column 1 are correlated \(1\.00\).*groups="):
        shared = permutation_importance(lambda rows: (rows.sum(axis=1) > 0).astype(int), twice, y)
    assert shared.correlated == (("column 0", "column 1", pytest.approx(1)),)
    assert (shared.mean < 0.75 * alone.mean[0]).all()


def test_any_metric_will_do():
    X, y = data()
    by_f1 = permutation_importance(lambda rows: (rows[:, 0] > 0).astype(int), X, y, metric=f1_score)
    assert by_f1.baseline == f1_score(y, (X[:, 0] > 0).astype(int))
    target = X @ [1.0, 2.0, 0.0, 0.0]
    loss = permutation_importance(
        lambda rows: rows @ [1.0, 2.0, 0.0, 0.0], X, target, metric=lambda t, p: -mean_squared_error(t, p), repeats=20
    )
    # Shuffling a column of weight w adds twice w² times its variance to the squared error.
    assert loss.mean == pytest.approx(2 * np.array([1.0, 4.0, 0.0, 0.0]) * X.var(axis=0), rel=0.1)


def test_the_seed_decides_and_the_data_stay():
    X, y = data(100)
    before = X.copy()

    def predict(rows):
        answer = (rows[:, 0] > 0).astype(int)
        rows[:] = 0  # a model that spoils what it is given
        return answer

    one, again, other = (permutation_importance(predict, X, y, seed=seed) for seed in (1, 1, 2))
    assert (one.drops == again.drops).all()
    assert (one.drops != other.drops).any()
    assert (before == X).all()


def test_names_and_rows():
    X, y = data(100)
    found = permutation_importance(lambda rows: (rows[:, 1] > 0).astype(int), X, y, columns=["a", "b", "c", "d"])
    frame = pd.DataFrame(found.to_dict())
    assert frame["column"].tolist() == ["b", "a", "c", "d"]
    assert str(found).splitlines()[1].startswith("b  ")
    assert permutation_importance(lambda rows: y, X, y).columns[0] == "column 0"


@pytest.mark.parametrize(
    ("X", "y", "more", "said"),
    [
        ([1.0, 2.0], [0, 1], {}, "2-D"),
        ([[1.0], [2.0]], [0], {}, "samples"),
        ([[1.0], [2.0]], [0, 1], {"groups": {"both": ["column 0", "column 7"]}}, "must hold columns"),
        ([[1.0, 0.0], [2.0, 1.0]], [0, 1], {"groups": {"a": [0], "b": [0, 1]}}, "in two groups"),
        ([[1.0, 0.0], [2.0, 1.0]], [0, 1], {"groups": {"column 1": [0]}}, "different names"),
        ([[1.0], [2.0]], [0, 1], {"repeats": 0}, "repeats"),
        ([[1.0], [2.0]], [0, 1], {"columns": ["a", "b"]}, "columns names 2"),
    ],
)
def test_what_cannot_be_shuffled_is_refused(X, y, more, said):
    with pytest.raises(ValueError, match=said):
        permutation_importance(lambda rows: [0] * len(rows), X, y, **more)


def customers(n=200, seed=0):
    """Text, a categorical, a missing value, and an index that does not count the rows."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "plan": rng.choice(["free", "paid"], n),
            "town": pd.Categorical(rng.choice(["A", "B", "C"], n)),
            "age": rng.integers(18, 80, n).astype(float),
        },
        index=rng.permutation(n) + 1000,
    )
    frame.loc[frame.index[:20], "age"] = np.nan
    return frame, ((frame["plan"] == "paid") & (frame["town"] != "A")).to_numpy().astype(int)


def test_a_data_frame_keeps_its_names_types_and_index():
    """A column that was put back by its index was not shuffled at all, and a categorical became text."""
    frame, y = customers()
    before = frame.copy()
    seen = []

    def predict(rows):
        seen.append(rows)
        return ((rows["plan"] == "paid") & (rows["town"].cat.codes > 0)).to_numpy().astype(int)

    found = permutation_importance(predict, frame, y, repeats=3)
    assert found.columns == ("plan", "town", "age")
    assert found.baseline == 1
    assert (found.mean[:2] > 0.1).all()
    assert (found.drops[2] == 0).all()
    for rows in seen:
        assert rows.dtypes.equals(before.dtypes)
        assert rows.index.equals(before.index)
        for name in before:
            assert sorted(map(str, rows[name])) == sorted(map(str, before[name]))
    pd.testing.assert_frame_equal(frame, before)


def test_arrays_may_hold_text_and_gaps():
    frame, y = customers()
    rows = frame.to_numpy()
    found = permutation_importance(lambda X: (X[:, 0] == "paid").astype(int), rows, y, columns=list(frame))
    assert found.mean[0] > 0.1
    assert (found.drops[1:] == 0).all()
    gaps = np.array([[np.nan, 1.0], [0.0, 2.0], [1.0, 1.5]])
    assert permutation_importance(lambda X: np.isnan(X[:, 0]).astype(int), gaps, [1, 0, 0]).mean[1] == 0


def test_the_columns_of_a_one_hot_code_are_shuffled_together():
    rng = np.random.default_rng(0)
    town = rng.integers(0, 3, 300)
    X = np.column_stack([rng.normal(size=300), np.eye(3)[town]])
    seen = []

    def predict(rows):
        seen.append(rows)
        return rows[:, 1:].argmax(axis=1)

    found = permutation_importance(predict, X, town, columns=["x", "A", "B", "C"], groups={"town": ["A", "B", 3]})
    assert found.columns == ("x", "town")
    assert found.mean[1] == pytest.approx(2 / 3, abs=0.1)
    assert all((rows[:, 1:].sum(axis=1) == 1).all() for rows in seen)
