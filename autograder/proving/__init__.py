"""How good is the grader? The audit of all exercises, and a class with known answers and known troubles."""
