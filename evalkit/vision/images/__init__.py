"""Images to train on: real digits, generated cats and dogs, and the cats and dogs of CIFAR-10. One interface.

    from evalkit.vision import cats_and_dogs

    data = cats_and_dogs(n_train=2000, n_valid=500, seed=0)
    history = fit(model, (data.train_x, data.train_y), (data.valid_x, data.valid_y), epochs=10)

Nothing here touches the network, except `cifar_cats_and_dogs(root, download=True)`, which says so.
"""

from evalkit.vision.images.data import ImageData, cats_and_dogs, cifar_cats_and_dogs, digits

__all__ = ["ImageData", "cats_and_dogs", "cifar_cats_and_dogs", "digits"]
