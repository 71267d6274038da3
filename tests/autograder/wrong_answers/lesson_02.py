"""Wrong answers to the exercises of lesson 02, as learners write them."""

from collections import Counter

import numpy as np


def accuracy__tp_plus_tn(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    tn = np.sum((y_true == 0) & (y_pred == 0))
    return (tp + tn) / len(y_true)


def accuracy__errors(y_true, y_pred):
    wrong = 0
    for i in range(len(y_true)):
        if y_true[i] != y_pred[i]:
            wrong += 1
    return wrong / len(y_true)


def accuracy__count(y_true, y_pred):
    right = 0
    for t, p in zip(y_true, y_pred):
        if t == p:
            right = right + 1
    return right


def accuracy__percent_text(y_true, y_pred):
    return str(round(100 * np.mean(y_true == y_pred), 1)) + "%"


def accuracy__percent(y_true, y_pred):
    return sum(y_true == y_pred) / len(y_true) * 100


def accuracy__three_digits(y_true, y_pred):
    return round(sum(y_true == y_pred) / len(y_true), 3)


def accuracy__array(y_true, y_pred):
    return y_true == y_pred


def accuracy__whole_arrays(y_true, y_pred):
    return int(np.array_equal(y_true, y_pred))


def accuracy__integer_division(y_true, y_pred):
    return sum(y_true == y_pred) // len(y_true)


def accuracy__no_numpy(y_true, y_pred):
    return npp.mean(y_true == y_pred)  # noqa: F821


def accuracy__calls_result(y_true, y_pred):
    return sum(y_true == y_pred) / y_true.size()


def majority_baseline__one_label(y_train, n):
    return max(set(y_train), key=list(y_train).count)


def majority_baseline__length_of_train(y_train, n):
    label = Counter(y_train.tolist()).most_common()[0][0]
    return [label for _ in y_train]


def majority_baseline__most_common(y_train, n):
    label = Counter(y_train).most_common(1)[0][0]
    return np.array([label] * n)


def majority_baseline__most_common_pair(y_train, n):
    return Counter(y_train.tolist()).most_common(1) * n


def majority_baseline__bincount(y_train, n):
    counts = np.bincount(y_train)
    return [np.argmax(counts)] * n


def majority_baseline__argmax_of_counts(y_train, n):
    labels, counts = np.unique(y_train, return_counts=True)
    return np.ones(n) * np.argmax(counts)


def majority_baseline__first_n(y_train, n):
    return y_train[:n]


def majority_baseline__max_label(y_train, n):
    return np.full(n, max(y_train))


def majority_baseline__rounded_mean(y_train, n):
    return np.full(n, round(np.mean(y_train)))


def majority_baseline__minority(y_train, n):
    labels, counts = np.unique(y_train, return_counts=True)
    return np.full(n, labels[np.argmin(counts)])


def balanced_accuracy__plain(y_true, y_pred):
    return sum(t == p for t, p in zip(y_true, y_pred)) / len(y_true)


def balanced_accuracy__two_classes(y_true, y_pred):
    tpr = np.sum((y_true == 1) & (y_pred == 1)) / max(np.sum(y_true == 1), 1)
    tnr = np.sum((y_true == 0) & (y_pred == 0)) / max(np.sum(y_true == 0), 1)
    return (tpr + tnr) / 2


def balanced_accuracy__precisions(y_true, y_pred):
    values = []
    for c in set(y_true):
        called = sum(y_pred == c)
        values.append(sum((y_true == c) & (y_pred == c)) / called if called else 0)
    return sum(values) / len(values)


def balanced_accuracy__classes_of_both(y_true, y_pred):
    recalls = []
    for c in np.unique(np.concatenate([y_true, y_pred])):
        n = np.sum(y_true == c)
        recalls.append(np.sum((y_true == c) & (y_pred == c)) / n if n > 0 else 0)
    return np.mean(recalls)


def balanced_accuracy__nan_for_absent(y_true, y_pred):
    recalls = []
    for c in np.union1d(y_true, y_pred):
        recalls.append(np.sum((y_true == c) & (y_pred == c)) / np.sum(y_true == c))
    return np.mean(recalls)


def balanced_accuracy__range(y_true, y_pred):
    k = len(np.unique(y_true))
    return sum(np.mean(y_pred[y_true == c] == c) for c in range(k))


def balanced_accuracy__list(y_true, y_pred):
    return [np.mean(y_pred[y_true == c] == c) for c in np.unique(y_true)]


def balanced_accuracy__rounded(y_true, y_pred):
    return round(np.mean([np.mean(y_pred[y_true == c] == c) for c in np.unique(y_true)]), 2)


def balanced_accuracy__divided_by_all(y_true, y_pred):
    labels = np.unique(y_true)
    return sum(np.sum((y_true == c) & (y_pred == c)) / len(y_true) for c in labels) / len(labels)


def max_prevalence__misses_only(accuracy, recall):
    if recall == 1:
        return 1.0
    p = (1 - accuracy) / (1 - recall)
    if p > 1:
        p = 1.0
    return p


def max_prevalence__hits_only(accuracy, recall):
    if recall == 0:
        return 1.0
    return min(accuracy / recall, 1.0)


def max_prevalence__error_rate(accuracy, recall):
    error_rate = 1 - accuracy
    return error_rate


def max_prevalence__zero_division(accuracy, recall):
    return (1 - accuracy) / (1 - recall)


def max_prevalence__upside_down(accuracy, recall):
    if recall == accuracy:
        return 1.0
    if recall < accuracy:
        return (1 - recall) / (1 - accuracy)
    return recall / accuracy


def max_prevalence__rounded(accuracy, recall):
    if recall == accuracy:
        return 1.0
    return round((1 - accuracy) / (1 - recall) if recall < accuracy else accuracy / recall, 3)


def max_prevalence__percent(accuracy, recall):
    if recall == accuracy:
        return 100.0
    return 100 * ((1 - accuracy) / (1 - recall) if recall < accuracy else accuracy / recall)
