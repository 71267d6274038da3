"""A bank of wrong answers, one module a lesson: `exercise__style` is an answer to `exercise`."""
