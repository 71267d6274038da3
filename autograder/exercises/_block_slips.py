"""Slips in a residual block that runs and is not the one asked for: what each changes in a right block, and a hint."""

from __future__ import annotations

_PROJECTION = "nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)"
_FIRST = "nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),\n"
_SECOND = "nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),\n"
_NORM = "                nn.BatchNorm2d(out_channels),\n"
_FORWARD = "\n        def forward(self, x):\n"
_SUM = "            return torch.relu(self.branch(x) + self.shortcut(x))\n"

#: Name -> edits of `variant_sequential`, hint.
SLIPS: dict[str, tuple[dict[str, str], str]] = {
    "shortcut-not-normalised": (
        {f"{_PROJECTION}, nn.BatchNorm2d(out_channels)": _PROJECTION},
        "The 1×1 convolution on your shortcut has no batch normalisation behind it. The branch ends in one, and so "
        "does the shortcut, so that both are of like size when they are added.",
    ),
    "zeros-appended": (
        {
            _SUM: "            out, small = self.branch(x), x[:, :, ::stride, ::stride]\n"
            "            zeros = out.new_zeros(out.shape[0], out.shape[1] - x.shape[1], *out.shape[2:])\n"
            "            return torch.relu(out + torch.cat([small, zeros], dim=1))\n"
        },
        "Where the shapes differ you take every second pixel of x and fill up with channels of zeros. That is another "
        "kind of shortcut, option A of the paper. This exercise asks for the 1×1 convolution with batch normalisation.",
    ),
    "norm-and-relu-first": (
        {
            f"                {_FIRST}{_NORM}                nn.ReLU(),\n                {_SECOND}{_NORM}": (
                "                nn.BatchNorm2d(in_channels),\n                nn.ReLU(),\n"
                f"                {_FIRST}{_NORM}                nn.ReLU(),\n                {_SECOND}"
            ),
            "torch.relu(self.branch(x) + self.shortcut(x))": "self.branch(x) + self.shortcut(x)",
        },
        "You normalise and apply the ReLU before each convolution, and none after the addition. There are networks "
        "that do so. Here each convolution comes first, then its batch normalisation, and the last ReLU comes after "
        "the addition.",
    ),
    "no-relu-between": (
        {"                nn.ReLU(),\n": ""},
        "There is no ReLU between your two convolutions. Without it they do together what one linear step could do as "
        "well: put it behind the first batch normalisation.",
    ),
    "stride-on-second": (
        {_FIRST: _FIRST.replace("stride", "1"), _SECOND: _SECOND.replace("3, 1, 1", "3, stride, 1")},
        "Your second convolution has the stride. It belongs to the first: then the second works on the smaller image "
        "already.",
    ),
    "wide-projection": (
        {_PROJECTION: _PROJECTION.replace("1, stride", "3, stride, 1")},
        "The convolution on your shortcut is 3×3. A shortcut should change as little as it can: use a 1×1 convolution, "
        "which only mixes the channels of each pixel.",
    ),
    "layers-in-forward": (
        {
            f"{_FORWARD}{_SUM}": f"            self.double()\n{_SUM}",
            "            super().__init__()\n": f"            super().__init__()\n{_FORWARD}",
        },
        "You make the layers in forward. Then they have new random weights at every call, and an optimizer finds none "
        "of them. Make them in __init__, store them as self.…, and only use them in forward.",
    ),
}
