"""Ways in which an epoch of training goes wrong, as learners write them.

Each needs nothing but torch.
"""

from __future__ import annotations


def wrong_no_zero_grad(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_zero_grad_once(model, batches, optimizer):
    import torch

    model.train()
    optimizer.zero_grad()
    total, count = 0.0, 0
    for x, y in batches:
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_zero_grad_afterwards(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_zero_grad_before_step(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_no_step(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_one_step(model, batches, optimizer):
    import torch

    model.train()
    optimizer.zero_grad()
    total, count = 0.0, 0
    for x, y in batches:
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        total += loss.item() * len(y)
        count += len(y)
    optimizer.step()
    return total / count


def wrong_mean_of_batches(model, batches, optimizer):
    import torch

    model.train()
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def wrong_sum(model, batches, optimizer):
    import torch

    model.train()
    total = 0.0
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


def wrong_last_loss(model, batches, optimizer):
    import torch

    model.train()
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


def wrong_first_batch_only(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
        return total / count


def wrong_softmax_twice(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(torch.softmax(model(x), dim=1), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_detached(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        logits = model(x).detach()
        loss = torch.nn.functional.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_no_train_mode(model, batches, optimizer):
    import torch

    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_evaluation_mode(model, batches, optimizer):
    import torch

    model.eval()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count


def wrong_returns_tensor(model, batches, optimizer):
    import torch

    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss * len(y)
        count += len(y)
    return total / count
