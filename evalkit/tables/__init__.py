"""Files of predictions: read batch by batch, their columns turned into codes and numbers, summed up per group."""
