"""Train residual and plain networks side by side, at several depths and seeds, and write down everything.

From Python:

    from evalkit.vision.experiment import run

    results = run(data="digits", depths=[8, 20, 56], width=8, epochs=8)
    results.table()
    results.plot_accuracy()

From the shell:

    python -m evalkit.vision.experiment --data digits --depths 8 20 56 --seeds 0 1 2 --width 8 --epochs 8

which writes to the folder ``--out`` one file ``experiment.json`` and four figures, and after every epoch a checkpoint
that bears the hash of its configuration. The same command goes on where it was stopped or killed, and gives the same
numbers as if it had not been (on one machine, with one number of threads).

``experiment.json`` holds:

* ``schema``: 1;
* ``data``: ``name``, ``note``, ``classes``, ``train`` and ``valid`` (numbers of images);
* ``environment``: ``python``, ``torch``, ``device``, ``precision``, ``threads``, ``at_once`` (how many networks were
  trained at a time, with these threads together);
* ``runs``: for each network ``hash``, ``settings``, ``parameters``, ``first_loss`` and ``epochs``, each with ``train``
  and ``valid`` (``loss``, ``accuracy`` and, a value for each class, ``precision``, ``recall`` and ``f1``),
  ``gradient_norm``, ``layer_norms`` (a value for each layer), ``learning_rate`` and ``seconds``. A value that is not
  a finite number is null.
"""

from evalkit.vision.experiment.grid import run
from evalkit.vision.experiment.results import Epoch, NetworkRun, Results, Scores
from evalkit.vision.experiment.settings import Settings

__all__ = ["Epoch", "NetworkRun", "Results", "Scores", "Settings", "run"]
