"""Right answers to the exercises of lesson 09, in styles other than the lesson's own."""

from collections import Counter
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from autograder.exercises.make_network import Block


def make_network__lazy(depth, width, classes, skip):
    n = (depth - 2) / 6
    if n < 1 or n != int(n):
        raise ValueError(depth)
    blocks, c = [], width
    for stage in range(3):
        for i in range(int(n)):
            blocks.append(Block(c, width * 2**stage, 2 if stage and not i else 1, skip))
            c = width * 2**stage
    start = [nn.LazyConv2d(width, 3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU()]
    return nn.Sequential(*start, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(classes))


def make_network__ordered(depth, width, classes, skip):
    from collections import OrderedDict

    if depth % 6 != 2 or depth == 2:
        raise ValueError("depth must be 8, 14, 20, …")
    net = OrderedDict(conv=nn.Conv2d(1, width, 3, 1, 1), norm=nn.BatchNorm2d(width), relu=nn.ReLU())
    widths = [width] * (depth // 6) + [2 * width] * (depth // 6) + [4 * width] * (depth // 6)
    for i, (before, after) in enumerate(zip([width, *widths], widths)):
        net[f"block{i}"] = Block(before, after, after // before, skip)
    net |= {"pool": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten(), "head": nn.Linear(4 * width, classes)}
    return nn.Sequential(net)


class make_network__class(nn.Module):
    def __init__(self, depth, width, classes, skip):
        super().__init__()
        n, rest = divmod(depth - 2, 6)
        if rest != 0 or n == 0:
            raise ValueError("6n + 2")
        self.start = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.stage1 = self.stage(width, width, n, 1, skip)
        self.stage2 = self.stage(width, 2 * width, n, 2, skip)
        self.stage3 = self.stage(2 * width, 4 * width, n, 2, skip)
        self.head = nn.Linear(4 * width, classes)

    @staticmethod
    def stage(c_in, c_out, n, stride, skip):
        return nn.Sequential(Block(c_in, c_out, stride, skip), *(Block(c_out, c_out, 1, skip) for _ in range(n - 1)))

    def forward(self, x):
        x = self.stage3(self.stage2(self.stage1(self.start(x))))
        return self.head(x.mean([2, 3]))


def train_one_epoch__tensor_sum(model, batches, optimizer):
    model.train()
    total, n = torch.zeros(()), 0
    for x, y in batches:
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total, n = total + loss.detach().double() * y.numel(), n + y.numel()
    return float(total / n)


def train_one_epoch__average(model, batches, optimizer):
    model.train()

    def step(x, y):
        model.zero_grad()
        loss = nn.CrossEntropyLoss()(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return np.average([step(x, y) for x, y in batches], weights=[len(y) for _, y in batches])


def train_one_epoch__nll(model, batches, optimizer):
    model.train(mode=True)
    lost = 0.0
    for inputs, targets in batches:
        logits = model(inputs)
        loss = F.nll_loss(F.log_softmax(logits, 1), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            lost += F.cross_entropy(logits, targets, reduction="sum").item()
    return lost / sum(map(len, (y for _, y in batches)))


def evaluate__sklearn(model, batches):
    from sklearn.metrics import recall_score

    model.eval()
    with torch.inference_mode():
        z = torch.cat([model(x) for x, _ in batches])
    y, p = torch.cat([y for _, y in batches]), z.argmax(1)
    recall = recall_score(y, p, labels=range(z.shape[1]), average=None, zero_division=np.nan)
    return {"loss": F.cross_entropy(z, y).item(), "accuracy": (y == p).double().mean(), "recall": recall}


def evaluate__counter(model, batches):
    model.eval()
    support, hits, loss = Counter(), Counter(), 0.0
    with torch.no_grad():
        for x, y in batches:
            z = model(x)
            loss += F.cross_entropy(z, y).item() * len(y)
            support.update(y.tolist())
            hits.update(y[z.argmax(1) == y].tolist())
    n = support.total()
    recall = [Fraction(hits[c], support[c]) if support[c] else float("nan") for c in range(z.shape[1])]
    return dict(loss=loss / n, accuracy=Fraction(hits.total(), n), recall=recall)


def evaluate__pandas(model, batches):
    import pandas as pd

    model.eval()
    with torch.no_grad():
        z = torch.vstack([model(x) for x, _ in batches])
    y = torch.hstack([y for _, y in batches])
    hit = pd.Series((z.argmax(1) == y).numpy())
    recall = hit.groupby(y.numpy()).mean().reindex(range(z.shape[1]))
    return {"accuracy": hit.mean(), "loss": F.cross_entropy(z, y), "recall": recall.tolist()}


def top_k_accuracy__sorted(logits, y, k):
    return np.mean([label in sorted(range(len(row)), key=lambda c: (row[c], c))[-k:] for row, label in zip(logits, y)])


def top_k_accuracy__pandas(logits, y, k):
    ranks = pd_rank(logits)
    return (ranks[np.arange(len(y)), y] <= k).mean()


def pd_rank(logits):
    import pandas as pd

    # The last column first, so that it comes first among equals.
    return pd.DataFrame(logits[:, ::-1]).rank(axis=1, ascending=False, method="first").to_numpy()[:, ::-1]


def top_k_accuracy__fraction(logits, y, k):
    hits = sum(1 for row, t in zip(logits, y) if sum((v, c) > (row[t], t) for c, v in enumerate(row)) < k)
    return Fraction(hits, len(y))


def top_k_accuracy__torch(logits, y, k):
    top = torch.from_numpy(logits).argsort(dim=1, stable=True)[:, -k:]
    return (top == torch.from_numpy(y).unsqueeze(1)).any(dim=1).double().mean()


def top_k_accuracy__lexsort(logits, y, k):
    order = [np.lexsort((np.arange(logits.shape[1]), row))[::-1][:k] for row in logits]
    return sum(t in top for t, top in zip(y, order)) / len(y)


def top_k_accuracy__sklearn(logits, y, k):
    from sklearn.metrics import top_k_accuracy_score

    if k >= logits.shape[1]:
        return 1.0
    return top_k_accuracy_score(y, logits, k=k, labels=range(logits.shape[1]))
