"""Ways in which an evaluation goes wrong, as learners write them.

Each needs nothing but torch.
"""

from __future__ import annotations


def wrong_no_eval(model, batches):
    import torch

    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_training_mode(model, batches):
    import torch

    model.train()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_mean_of_batches(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    sizes = [len(labels) for _, labels in batches]
    parts = list(zip(logits.split(sizes), y.split(sizes)))
    losses = [torch.nn.functional.cross_entropy(part, labels).item() for part, labels in parts]
    accuracies = [(part.argmax(dim=1) == labels).double().mean().item() for part, labels in parts]
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = sum(losses) / len(losses)
    return {"loss": loss, "accuracy": sum(accuracies) / len(accuracies), "recall": recall}


def wrong_mean_of_losses(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    sizes = [len(labels) for _, labels in batches]
    parts = zip(logits.split(sizes), y.split(sizes))
    losses = [torch.nn.functional.cross_entropy(part, labels).item() for part, labels in parts]
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = sum(losses) / len(losses)
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_recall_of_batches(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    sizes = [len(labels) for _, labels in batches]
    parts = list(zip(hit.split(sizes), y.split(sizes)))
    recalls = [[part[labels == k].mean().item() for k in range(logits.shape[1])] for part, labels in parts]
    recall = [sum(values) / len(values) for values in zip(*recalls)]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_precision(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[predicted == k].mean().item() for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_share_of_all(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].sum().item() / len(y) for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_absent_is_zero(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].sum().item() / max(1, (y == k).sum().item()) for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_absent_left_out(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].mean().item() for k in y.unique()]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_mean_recall(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": torch.tensor(recall).double().nanmean().item(), "recall": recall}


def wrong_softmax_twice(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(torch.softmax(logits, dim=1), y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_last_batch(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        for x, _ in batches:
            logits = model(x)
    y = batches[-1][1]
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": hit.mean().item(), "recall": recall}


def wrong_percent(model, batches):
    import torch

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    predicted = logits.argmax(dim=1)
    hit = (predicted == y).double()
    recall = [hit[y == k].mean().item() for k in range(logits.shape[1])]
    loss = torch.nn.functional.cross_entropy(logits, y).item()
    return {"loss": loss, "accuracy": 100 * hit.mean().item(), "recall": recall}
