"""Train a network and watch it learn, with `fit`, `History`, `EarlyStopping` and `diagnose`::

    from evalkit import accuracy_score
    from evalkit.training import EarlyStopping, diagnose, fit

    history = fit(model, (X, y), (X_valid, y_valid), epochs=50, metrics={"accuracy": accuracy_score},
                  early_stopping=EarlyStopping(patience=5))
    history.plot()
    diagnose(history)

In a loop of your own, `EarlyStopping.update`, `History.add` and `diagnose` do the same; docs/training_loops.md has one.

torch loads when `fit` is called. Everything else works on recorded curves and needs NumPy only.
"""

from evalkit.training.diagnosis import Diagnosis, diagnose
from evalkit.training.fit import fit
from evalkit.training.history import History
from evalkit.training.stopping import EarlyStopping

__all__ = ["Diagnosis", "EarlyStopping", "History", "diagnose", "fit"]
