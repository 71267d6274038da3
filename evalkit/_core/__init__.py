"""The ground floor: what several folders of evalkit stand on. It knows nothing of any of them."""
