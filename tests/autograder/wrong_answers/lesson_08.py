"""Wrong answers to the exercises of lesson 08, as learners write them."""

import copy

import torch
import torch.nn.functional as F
from torch import nn


def layer_gradient_norms__no_zero_grad(model, x, y):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    return {n: p.grad.norm().item() if p.grad is not None else 0.0 for n, p in model.named_parameters()}


def layer_gradient_norms__softmax(model, x, y):
    model.zero_grad()
    F.cross_entropy(F.softmax(model(x), dim=1), y).backward()
    return {n: p.grad.norm().item() if p.grad is not None else 0.0 for n, p in model.named_parameters()}


def layer_gradient_norms__skips_none(model, x, y):
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    norms = {}
    for n, p in model.named_parameters():
        if p.grad is not None:
            norms[n] = p.grad.norm().item()
    return norms


def layer_gradient_norms__crashes_on_none(model, x, y):
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    return {n: torch.norm(p.grad).item() for n, p in model.named_parameters()}


def layer_gradient_norms__mean_abs(model, x, y):
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    return {n: float(p.grad.abs().mean()) if p.grad is not None else 0.0 for n, p in model.named_parameters()}


def layer_gradient_norms__weights_only(model, x, y):
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    return {
        n: p.grad.norm().item() if p.grad is not None else 0.0 for n, p in model.named_parameters() if "weight" in n
    }


def layer_gradient_norms__train_mode(model, x, y):
    model.train()
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    return {n: p.grad.norm().item() if p.grad is not None else 0.0 for n, p in model.named_parameters()}


def layer_gradient_norms__forgot_backward(model, x, y):
    model.zero_grad()
    F.cross_entropy(model(x), y)
    return {n: p.grad.norm().item() for n, p in model.named_parameters()}


def layer_gradient_norms__list(model, x, y):
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    return [p.grad.norm().item() if p.grad is not None else 0.0 for p in model.parameters()]


def layer_gradient_norms__mse(model, x, y):
    model.zero_grad()
    F.mse_loss(model(x), F.one_hot(y, 3).float()).backward()
    return {n: p.grad.norm().item() if p.grad is not None else 0.0 for n, p in model.named_parameters()}


class _Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.shortcut(x))


class ResidualBlock__shortcut_without_norm(_Block):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__(in_channels, out_channels, stride)
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride=stride)


class ResidualBlock__option_a(_Block):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__(in_channels, out_channels, stride)
        self.stride, self.extra = stride, out_channels - in_channels

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        small = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))
        return F.relu(out + small)


class ResidualBlock__pre_activation(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        out = self.conv1(F.relu(self.bn1(x)))
        out = self.conv2(F.relu(self.bn2(out)))
        return out + self.shortcut(x)


class ResidualBlock__no_relu_between(_Block):
    def forward(self, x):
        out = self.bn2(self.conv2(self.bn1(self.conv1(x))))
        return F.relu(out + self.shortcut(x))


class ResidualBlock__stride_on_second(_Block):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__(in_channels, out_channels, stride)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, stride=stride, padding=1)


class ResidualBlock__three_by_three_projection(_Block):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__(in_channels, out_channels, stride)
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1), nn.BatchNorm2d(out_channels)
            )


class ResidualBlock__layers_in_forward(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.sizes = in_channels, out_channels, stride

    def forward(self, x):
        c_in, c_out, stride = self.sizes
        out = F.relu(nn.BatchNorm2d(c_out).to(x.dtype)(nn.Conv2d(c_in, c_out, 3, stride, 1).to(x.dtype)(x)))
        out = nn.BatchNorm2d(c_out).to(x.dtype)(nn.Conv2d(c_out, c_out, 3, 1, 1).to(x.dtype)(out))
        if stride != 1 or c_in != c_out:
            x = nn.BatchNorm2d(c_out).to(x.dtype)(nn.Conv2d(c_in, c_out, 1, stride).to(x.dtype)(x))
        return F.relu(out + x)


class ResidualBlock__no_super(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(out_channels)


class ResidualBlock__forward_inside_init(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1)

        def forward(self, x):
            return F.relu(self.conv1(x))


class ResidualBlock__no_skip(_Block):
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)))


class ResidualBlock__skip_after_relu(_Block):
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        return out + self.shortcut(x)


class ResidualBlock__concatenates(_Block):
    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(torch.cat((out, self.shortcut(x)), 1))


class ResidualBlock__no_padding(_Block):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__(in_channels, out_channels, stride)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3)


class ResidualBlock__no_self(_Block):
    def forward(self, x):
        return F.relu(bn2(conv2(F.relu(bn1(conv1(x))))) + x)  # noqa: F821


class ResidualBlock__forgets_return(_Block):
    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        F.relu(out + self.shortcut(x))


def _silent(block):
    quiet = copy.deepcopy(block)
    for p in quiet.parameters():
        nn.init.zeros_(p)
    return quiet


def has_identity_path__output_only(block, x):
    return torch.equal(_silent(block)(x.clone()), F.relu(x))


def has_identity_path__any_gradient(block, x):
    image = x.clone().requires_grad_()
    (block(image * 1)).sum().backward()
    return bool(image.grad.abs().sum() > 0)


def has_identity_path__shape(block, x):
    out = block(x.clone())
    return out.shape == x.shape


def has_identity_path__zeroes_the_block(block, x):
    with torch.no_grad():
        for p in block.parameters():
            p.zero_()
    given, leaf = x.clone(), x.clone().requires_grad_()
    out = block(given)
    if not torch.equal(out, F.relu(x)) or not torch.equal(given, x):
        return False
    block(leaf).sum().backward()
    return torch.equal(leaf.grad, (x > 0).float())


def has_identity_path__not_silenced(block, x):
    return torch.allclose(block(x.clone()), F.relu(x))


def has_identity_path__equals_x(block, x):
    quiet, leaf = _silent(block), x.clone().requires_grad_()
    out = quiet(x.clone())
    return torch.equal(out, x)


def has_identity_path__tensor_of_truths(block, x):
    return _silent(block)(x.clone()) == F.relu(x)


def has_identity_path__ones_and_zeros(block, x):
    quiet, given, leaf = _silent(block), x.clone(), x.clone().requires_grad_()
    if not torch.equal(quiet(given), F.relu(x)) or not torch.equal(given, x):
        return 0
    quiet(leaf).sum().backward()
    return int(torch.equal(leaf.grad, (x > 0).float()))


def has_identity_path__isinstance(block, x):
    return hasattr(block, "shortcut")
