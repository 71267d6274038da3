"""Wrong answers to the exercises of lesson 09, as learners write them."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from autograder.exercises.make_network import Block


def _network(depth, width, classes, skip, n, pool=None, start=None):
    layers, channels = start or [nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()], width
    for stage in range(3):
        for i in range(n):
            out = width * 2**stage
            layers.append(Block(channels, out, 2 if stage and not i else 1, skip))
            channels = out
    return nn.Sequential(*layers, pool or nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


def make_network__asserts(depth, width, classes, skip):
    assert depth >= 8 and (depth - 2) % 6 == 0, "depth must be 6n + 2"
    return _network(depth, width, classes, skip, (depth - 2) // 6)


def make_network__returns_the_error(depth, width, classes, skip):
    if depth < 8 or (depth - 2) % 6:
        return ValueError("depth must be 6n + 2")
    return _network(depth, width, classes, skip, (depth - 2) // 6)


def make_network__prints_the_error(depth, width, classes, skip):
    if depth < 8 or (depth - 2) % 6:
        print("ValueError: depth must be 6n + 2")
        return None
    return _network(depth, width, classes, skip, (depth - 2) // 6)


def make_network__raises_exception(depth, width, classes, skip):
    if depth < 8 or (depth - 2) % 6:
        raise Exception("depth must be 6n + 2")
    return _network(depth, width, classes, skip, (depth - 2) // 6)


def make_network__no_error(depth, width, classes, skip):
    return _network(depth, width, classes, skip, (depth - 2) // 6)


def make_network__always_skips(depth, width, classes, skip):
    if depth < 8 or depth % 6 != 2:
        raise ValueError
    return _network(depth, width, classes, True, (depth - 2) // 6)


def make_network__float_n(depth, width, classes, skip):
    if depth < 8 or depth % 6 != 2:
        raise ValueError
    return _network(depth, width, classes, skip, (depth - 2) / 6)


def make_network__depth_over_three(depth, width, classes, skip):
    if depth < 8 or depth % 6 != 2:
        raise ValueError
    return _network(depth, width, classes, skip, (depth - 2) // 3)


def make_network__max_pool(depth, width, classes, skip):
    if depth < 8 or depth % 6 != 2:
        raise ValueError
    return _network(depth, width, classes, skip, (depth - 2) // 6, nn.AdaptiveMaxPool2d(1))


def make_network__no_norm_at_start(depth, width, classes, skip):
    if depth < 8 or depth % 6 != 2:
        raise ValueError
    return _network(depth, width, classes, skip, (depth - 2) // 6, start=[nn.Conv2d(1, width, 3, padding=1), nn.ReLU()])


def make_network__list_of_layers(depth, width, classes, skip):
    if depth < 8 or depth % 6 != 2:
        raise ValueError
    return list(_network(depth, width, classes, skip, (depth - 2) // 6))


def make_network__colour(depth, width, classes, skip):
    if depth < 8 or depth % 6 != 2:
        raise ValueError
    start = [nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
    return _network(depth, width, classes, skip, (depth - 2) // 6, start=start)


def train_one_epoch__loss_after_step(model, batches, optimizer):
    model.train()
    total = n = 0
    for x, y in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        total += F.cross_entropy(model(x), y).item() * len(y)
        n += len(y)
    return total / n


def train_one_epoch__sum_reduction(model, batches, optimizer):
    model.train()
    total = n = 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y, reduction="sum")
        loss.backward()
        optimizer.step()
        total += loss.item()
        n += len(y)
    return total / n


def train_one_epoch__mean_of_means(model, batches, optimizer):
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.mean(losses)


def train_one_epoch__no_zero_grad(model, batches, optimizer):
    model.train()
    total = n = 0
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


def train_one_epoch__no_train_mode(model, batches, optimizer):
    total = n = 0
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


def train_one_epoch__step_before_backward(model, batches, optimizer):
    model.train()
    total = n = 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        optimizer.step()
        loss.backward()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


def train_one_epoch__divided_by_batches(model, batches, optimizer):
    model.train()
    total = 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    return total / len(batches)


def train_one_epoch__no_grad(model, batches, optimizer):
    model.train()
    total = n = 0
    for x, y in batches:
        with torch.no_grad():
            loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        n += len(y)
    return total / n


def train_one_epoch__nothing_returned(model, batches, optimizer):
    model.train()
    for x, y in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()


def train_one_epoch__list(model, batches, optimizer):
    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _all(model, batches):
    with torch.no_grad():
        z = torch.cat([model(x) for x, _ in batches])
    return z, torch.cat([y for _, y in batches])


def evaluate__other_keys(model, batches):
    model.eval()
    z, y = _all(model, batches)
    hit = (z.argmax(1) == y).double()
    recalls = [hit[y == c].mean().item() for c in range(z.shape[1])]
    return {"loss": F.cross_entropy(z, y).item(), "acc": hit.mean().item(), "recalls": recalls}


def evaluate__no_eval(model, batches):
    z, y = _all(model, batches)
    hit = (z.argmax(1) == y).double()
    recall = [hit[y == c].mean().item() for c in range(z.shape[1])]
    return {"loss": F.cross_entropy(z, y).item(), "accuracy": hit.mean().item(), "recall": recall}


def evaluate__zero_for_absent(model, batches):
    model.eval()
    z, y = _all(model, batches)
    hit = (z.argmax(1) == y).double()
    recall = [hit[y == c].mean().item() if (y == c).any() else 0.0 for c in range(z.shape[1])]
    return {"loss": F.cross_entropy(z, y).item(), "accuracy": hit.mean().item(), "recall": recall}


def evaluate__unique_classes(model, batches):
    model.eval()
    z, y = _all(model, batches)
    hit = (z.argmax(1) == y).double()
    recall = [hit[y == c].mean().item() for c in torch.unique(y)]
    return {"loss": F.cross_entropy(z, y).item(), "accuracy": hit.mean().item(), "recall": recall}


def evaluate__mean_of_batches(model, batches):
    model.eval()
    z, y = _all(model, batches)
    hit = (z.argmax(1) == y).double()
    with torch.no_grad():
        loss = np.mean([F.cross_entropy(model(x), t).item() for x, t in batches])
        accuracy = np.mean([(model(x).argmax(1) == t).double().mean().item() for x, t in batches])
    recall = [hit[y == c].mean().item() for c in range(z.shape[1])]
    return {"loss": loss, "accuracy": accuracy, "recall": recall}


def evaluate__precision(model, batches):
    model.eval()
    z, y = _all(model, batches)
    p = z.argmax(1)
    hit = (p == y).double()
    recall = [hit[p == c].mean().item() for c in range(z.shape[1])]
    return {"loss": F.cross_entropy(z, y).item(), "accuracy": hit.mean().item(), "recall": recall}


def evaluate__tuple(model, batches):
    model.eval()
    z, y = _all(model, batches)
    hit = (z.argmax(1) == y).double()
    return F.cross_entropy(z, y).item(), hit.mean().item(), [hit[y == c].mean().item() for c in range(z.shape[1])]


def evaluate__one_recall(model, batches):
    model.eval()
    z, y = _all(model, batches)
    hit = (z.argmax(1) == y).double()
    return {"loss": F.cross_entropy(z, y).item(), "accuracy": hit.mean().item(), "recall": hit[y == 1].mean().item()}


def evaluate__summed_loss(model, batches):
    model.eval()
    z, y = _all(model, batches)
    hit = (z.argmax(1) == y).double()
    recall = [hit[y == c].mean().item() for c in range(z.shape[1])]
    return {"loss": F.cross_entropy(z, y, reduction="sum").item(), "accuracy": hit.mean().item(), "recall": recall}


def top_k_accuracy__smallest(logits, y, k):
    top = np.argsort(logits, axis=1)[:, :k]
    return np.mean([t in row for t, row in zip(y, top)])


def top_k_accuracy__axis(logits, y, k):
    top = np.argsort(logits, axis=0)[-k:]
    return np.mean([t in top for t in y])


def top_k_accuracy__first_only(logits, y, k):
    return (logits.argmax(1) == y).mean()


def top_k_accuracy__kth(logits, y, k):
    order = np.argsort(logits, axis=1, kind="stable")[:, ::-1]
    return np.mean(order[:, k - 1] == y)


def top_k_accuracy__in_all(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, -k:]
    return np.mean([t in top for t in y])


def top_k_accuracy__broadcast(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, -k:]
    return np.mean(top == y)


def top_k_accuracy__first_ties(logits, y, k):
    hits = 0
    for row, t in zip(logits, y):
        order = sorted(range(len(row)), key=lambda c: -row[c])
        hits += t in order[:k]
    return hits / len(y)


def top_k_accuracy__count(logits, y, k):
    hits = 0
    for row, t in zip(logits, y):
        hits += t in np.argsort(row, kind="stable")[-k:]
    return hits


def top_k_accuracy__divided_by_k(logits, y, k):
    hits = 0
    for row, t in zip(logits, y):
        hits += t in np.argsort(row, kind="stable")[-k:]
    return hits / (k * len(y))
