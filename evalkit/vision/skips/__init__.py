"""Find skip connections that fail silently."""

from evalkit.vision.skips.verify import SkipReport, verify_skips

__all__ = ["SkipReport", "verify_skips"]
