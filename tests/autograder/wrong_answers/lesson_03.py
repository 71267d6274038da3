"""Wrong answers to the exercises of lesson 03, as learners write them."""

import numpy as np


def precision__over_tp_and_tn(y_true, y_pred):
    tp = sum((y_true == 1) & (y_pred == 1))
    tn = sum((y_true == 0) & (y_pred == 0))
    if tp + tn == 0:
        return 0.0
    return tp / (tp + tn)


def precision__recall(y_true, y_pred):
    tp = 0
    fn = 0
    for t, p in zip(y_true, y_pred):
        if t == 1 and p == 1:
            tp += 1
        if t == 1 and p == 0:
            fn += 1
    if tp + fn == 0:
        return 0.0
    return tp / (tp + fn)


def precision__no_guard(y_true, y_pred):
    tp = ((y_true == 1) & (y_pred == 1)).sum()
    fp = ((y_true == 0) & (y_pred == 1)).sum()
    return tp / (tp + fp)


def precision__python_no_guard(y_true, y_pred):
    tp = fp = 0
    for i in range(len(y_pred)):
        if y_pred[i] == 1:
            if y_true[i] == 1:
                tp += 1
            else:
                fp += 1
    return tp / (tp + fp)


def precision__one_if_empty(y_true, y_pred):
    if y_pred.sum() == 0:
        return 1
    return (y_true * y_pred).sum() / y_pred.sum()


def precision__none_if_empty(y_true, y_pred):
    if y_pred.sum() > 0:
        return (y_true * y_pred).sum() / y_pred.sum()


def precision__all_right(y_true, y_pred):
    return np.sum(y_true == y_pred) / len(y_pred)


def precision__right_over_called(y_true, y_pred):
    called = np.sum(y_pred == 1)
    if called == 0:
        return 0.0
    return np.sum(y_true == y_pred) / called


def precision__true_over_called(y_true, y_pred):
    if sum(y_pred) == 0:
        return 0.0
    return sum(y_true) / sum(y_pred)


def precision__no_parentheses(y_true, y_pred):
    tp = np.sum(y_true == 1 & y_pred == 1)
    fp = np.sum(y_true == 0 & y_pred == 1)
    return tp / (tp + fp) if tp + fp > 0 else 0.0


def precision__text(y_true, y_pred):
    called = y_pred.sum()
    value = (y_true * y_pred).sum() / called if called else 0.0
    return f"{value:.2f}"


def precision__rounded(y_true, y_pred):
    called = y_pred.sum()
    return round((y_true * y_pred).sum() / called, 4) if called else 0.0


def precision__operator_order(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    fp = np.sum((y_true == 0) & (y_pred == 1))
    if tp + fp == 0:
        return 0.0
    return tp / tp + fp


def precision__false_alarm_share(y_true, y_pred):
    called = np.sum(y_pred == 1)
    return np.sum((y_true == 0) & (y_pred == 1)) / called if called else 0.0


def recall__precision(y_true, y_pred):
    called = y_true[y_pred == 1]
    if len(called) == 0:
        return 0.0
    return sum(called) / len(called)


def recall__of_zeros(y_true, y_pred):
    tn = sum((y_true == 0) & (y_pred == 0))
    fp = sum((y_true == 0) & (y_pred == 1))
    return tn / (tn + fp) if tn + fp else 0.0


def recall__missed(y_true, y_pred):
    n = sum(y_true == 1)
    missed = sum((y_true == 1) & (y_pred == 0))
    return missed / n if n else 0.0


def recall__no_guard(y_true, y_pred):
    return y_pred[y_true == 1].mean()


def recall__python_no_guard(y_true, y_pred):
    positives = [p for t, p in zip(y_true, y_pred) if t == 1]
    return sum(positives) / len(positives)


def recall__tp_over_all(y_true, y_pred):
    return np.mean((y_true == 1) & (y_pred == 1))


def recall__called_over_positives(y_true, y_pred):
    n = np.sum(y_true)
    return np.sum(y_pred) / n if n else 0.0


def recall__both_classes(y_true, y_pred):
    return np.mean([np.mean(y_pred[y_true == c] == c) if np.any(y_true == c) else 0.0 for c in (0, 1)])


def recall__uses_undefined_tp(y_true, y_pred):
    fn = sum((y_true == 1) & (y_pred == 0))
    return tp / (tp + fn)  # noqa: F821


def recall__unbound(y_true, y_pred):
    for t, p in zip(y_true, y_pred):
        if t == 1 and p == 1:
            hits += 1  # noqa: F821
    return hits / sum(y_true)  # noqa: F821


def caught__missed(recall, positives):
    return positives - recall * positives


def caught__int(recall, positives):
    return int(round(recall * positives))


def caught__floor(recall, positives):
    return positives * recall // 1


def caught__divides(recall, positives):
    if recall == 0:
        return 0
    return positives / recall


def caught__percent(recall, positives):
    return recall * positives * 100


def caught__plus(recall, positives):
    return recall + positives


def caught__prints(recall, positives):
    print(recall * positives)


def precision_recall_at__greater(y_true, scores, thresholds):
    rows = []
    for t in thresholds:
        pred = (scores > t).astype(int)
        tp = np.sum((pred == 1) & (y_true == 1))
        rows.append([tp / pred.sum() if pred.sum() else 0.0, tp / y_true.sum() if y_true.sum() else 0.0])
    return np.array(rows)


def precision_recall_at__recall_first(y_true, scores, thresholds):
    rows = []
    for t in thresholds:
        pred = scores >= t
        tp = np.sum(pred & (y_true == 1))
        p = tp / pred.sum() if pred.sum() else 0.0
        r = tp / y_true.sum() if y_true.sum() else 0.0
        rows.append([r, p])
    return rows


def precision_recall_at__two_lists(y_true, scores, thresholds):
    precisions, recalls = [], []
    for t in thresholds:
        pred = scores >= t
        tp = np.sum(pred & (y_true == 1))
        precisions.append(tp / pred.sum() if pred.sum() else 0.0)
        recalls.append(tp / y_true.sum() if y_true.sum() else 0.0)
    return np.array([precisions, recalls])


def precision_recall_at__sorted(y_true, scores, thresholds):
    rows = []
    for t in sorted(thresholds):
        pred = scores >= t
        tp = np.sum(pred & (y_true == 1))
        rows.append((tp / max(1, pred.sum()), tp / max(1, y_true.sum())))
    return np.array(rows)


def precision_recall_at__nan(y_true, scores, thresholds):
    answer = np.zeros((len(thresholds), 2))
    for i, t in enumerate(thresholds):
        pred = scores >= t
        answer[i, 0] = (pred & (y_true == 1)).sum() / pred.sum()
        answer[i, 1] = (pred & (y_true == 1)).sum() / (y_true == 1).sum()
    return answer


def precision_recall_at__only_last(y_true, scores, thresholds):
    for t in thresholds:
        pred = scores >= t
        tp = np.sum(pred & (y_true == 1))
        row = [tp / max(1, pred.sum()), tp / max(1, y_true.sum())]
    return np.array([row])


def precision_recall_at__one_when_empty(y_true, scores, thresholds):
    rows = []
    for t in thresholds:
        pred = scores >= t
        tp = np.sum(pred & (y_true == 1))
        rows.append([tp / pred.sum() if pred.any() else 1.0, tp / y_true.sum() if y_true.any() else 0.0])
    return np.array(rows)


def precision_recall_at__dict(y_true, scores, thresholds):
    answer = {}
    for t in thresholds:
        pred = scores >= t
        tp = np.sum(pred & (y_true == 1))
        answer[float(t)] = (tp / max(1, pred.sum()), tp / max(1, y_true.sum()))
    return answer
