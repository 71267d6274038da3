"""Wrong answers to the exercises of lesson 01, as learners write them."""

import numpy as np
import pandas as pd


def confusion_counts__tn_without_adding_tp_back(y_true, y_pred, positive):
    tp = np.sum((y_true == positive) & (y_pred == positive))
    fp = np.sum(y_pred == positive) - tp
    fn = np.sum(y_true == positive) - tp
    tn = len(y_true) - np.sum(y_true == positive) - np.sum(y_pred == positive)
    return tp, fp, fn, tn


def confusion_counts__fn_and_fp_mixed_up(y_true, y_pred, positive):
    tp = fp = fn = tn = 0
    for t, p in zip(y_true, y_pred):
        if t == positive and p == positive:
            tp += 1
        elif t == positive and p != positive:
            fp += 1
        elif t != positive and p == positive:
            fn += 1
        else:
            tn += 1
    return tp, fp, fn, tn


def confusion_counts__sklearn_order(y_true, y_pred, positive):
    table = pd.crosstab(y_true == positive, y_pred == positive).reindex(
        index=[False, True], columns=[False, True], fill_value=0
    )
    tn, fp, fn, tp = table.to_numpy().ravel()
    return tn, fp, fn, tp


def confusion_counts__assumes_one(y_true, y_pred, positive):
    tp = sum(1 for a, b in zip(y_true, y_pred) if a == 1 and b == 1)
    fp = sum(1 for a, b in zip(y_true, y_pred) if a == 0 and b == 1)
    fn = sum(1 for a, b in zip(y_true, y_pred) if a == 1 and b == 0)
    tn = sum(1 for a, b in zip(y_true, y_pred) if a == 0 and b == 0)
    return tp, fp, fn, tn


def confusion_counts__no_parentheses(y_true, y_pred, positive):
    tp = np.sum(y_true == positive & y_pred == positive)
    fp = np.sum(y_true != positive & y_pred == positive)
    fn = np.sum(y_true == positive & y_pred != positive)
    tn = np.sum(y_true != positive & y_pred != positive)
    return tp, fp, fn, tn


def confusion_counts__and(y_true, y_pred, positive):
    tp = sum(y_true == positive and y_pred == positive)
    fp = sum(y_true != positive and y_pred == positive)
    fn = sum(y_true == positive and y_pred != positive)
    return tp, fp, fn, len(y_true) - tp - fp - fn


def confusion_counts__tn_means_same_other_label(y_true, y_pred, positive):
    tp, fp, fn, tn = 0, 0, 0, 0
    for i in range(len(y_true)):
        if y_true[i] == y_pred[i] == positive:
            tp += 1
        elif y_pred[i] == positive:
            fp += 1
        elif y_true[i] == positive:
            fn += 1
        elif y_true[i] == y_pred[i]:
            tn += 1
    return (tp, fp, fn, tn)


def confusion_counts__dict(y_true, y_pred, positive):
    t, p = y_true == positive, y_pred == positive
    return {"tp": sum(t & p), "fp": sum(~t & p), "fn": sum(t & ~p), "tn": sum(~t & ~p)}


def confusion_counts__prints(y_true, y_pred, positive):
    t, p = y_true == positive, y_pred == positive
    print(sum(t & p), sum(~t & p), sum(t & ~p), sum(~t & ~p))


def confusion_counts__return_in_loop(y_true, y_pred, positive):
    tp = fp = fn = tn = 0
    for t, p in zip(y_true, y_pred):
        if t == positive and p == positive:
            tp += 1
        elif p == positive:
            fp += 1
        elif t == positive:
            fn += 1
        else:
            tn += 1
        return tp, fp, fn, tn


def threshold_labels__greater(scores, threshold):
    labels = []
    for s in scores:
        labels.append(1 if s > threshold else 0)
    return labels


def threshold_labels__text(scores, threshold):
    return ["positive" if s >= threshold else "negative" for s in scores]


def threshold_labels__true_false(scores, threshold):
    return [s >= threshold for s in scores]


def threshold_labels__if_array(scores, threshold):
    if scores >= threshold:
        return 1
    return 0


def threshold_labels__below(scores, threshold):
    return (scores < threshold).astype(int)


def threshold_labels__always_half(scores, threshold=0.5):
    return [1 if x >= 0.5 else 0 for x in scores]


def threshold_labels__kept_scores(scores, threshold):
    return scores[scores >= threshold]


def threshold_labels__minus_one(scores, threshold):
    return np.where(scores >= threshold, 1, -1)


def confusion_table__columns_truth(y_true, y_pred, labels):
    table = np.zeros((len(labels), len(labels)), dtype=int)
    for i in range(len(labels)):
        for j in range(len(labels)):
            table[i, j] = np.sum((y_pred == labels[i]) & (y_true == labels[j]))
    return table


def confusion_table__crosstab_sorted(y_true, y_pred, labels):
    return pd.crosstab(y_true, y_pred).values


def confusion_table__normalised(y_true, y_pred, labels):
    rows = []
    for r in labels:
        n = max(sum(y_true == r), 1)
        rows.append([sum((y_true == r) & (y_pred == c)) / n for c in labels])
    return rows


def confusion_table__shares_of_all(y_true, y_pred, labels):
    return [[np.mean((y_true == r) & (y_pred == c)) for c in labels] for r in labels]


def confusion_table__label_as_index(y_true, y_pred, labels):
    table = np.zeros((len(labels), len(labels)))
    for t, p in zip(y_true, y_pred):
        table[t][p] += 1
    return table


def confusion_table__only_diagonal(y_true, y_pred, labels):
    table = np.zeros((len(labels), len(labels)), dtype=int)
    for i, label in enumerate(labels):
        table[i, i] = np.sum((y_true == label) & (y_pred == label))
    return table


def confusion_table__repeated_rows(y_true, y_pred, labels):
    labels = list(labels)
    table = [[0] * len(labels)] * len(labels)
    for t, p in zip(y_true, y_pred):
        table[labels.index(t)][labels.index(p)] += 1
    return table


def confusion_table__flat(y_true, y_pred, labels):
    return [int(sum((y_true == r) & (y_pred == c))) for r in labels for c in labels]


def confusion_table__nested_dict(y_true, y_pred, labels):
    return {str(r): {str(c): int(sum((y_true == r) & (y_pred == c))) for c in labels} for r in labels}


def one_vs_rest__rows_are_predictions(table, k):
    tp = table[k, k]
    fp = sum(table[k]) - tp
    fn = sum(table[:, k]) - tp
    tn = table.sum() - tp - fp - fn
    return tp, fp, fn, tn


def one_vs_rest__tn_is_diagonal(table, k):
    tp = table[k][k]
    fn = sum(table[k]) - tp
    fp = sum(row[k] for row in table) - tp
    tn = sum(table[i][i] for i in range(len(table)) if i != k)
    return tp, fp, fn, tn


def one_vs_rest__with_tp(table, k):
    tp = table[k, k]
    fn = table[k].sum()
    fp = table[:, k].sum()
    tn = table.sum() - fn - fp + tp
    return tp, fp, fn, tn


def one_vs_rest__tn_without_adding_tp_back(table, k):
    tp = table[k, k]
    row, column = table[k].sum(), table[:, k].sum()
    return tp, column - tp, row - tp, table.sum() - row - column


def one_vs_rest__from_one(table, k):
    tp = table[k - 1, k - 1]
    fp = table[:, k - 1].sum() - tp
    fn = table[k - 1, :].sum() - tp
    return tp, fp, fn, table.sum() - tp - fp - fn


def one_vs_rest__order(table, k):
    tp = table[k, k]
    fp = table[:, k].sum() - tp
    fn = table[k].sum() - tp
    return tp, tp * 0 + table.sum() - tp - fp - fn, fp, fn


def one_vs_rest__dict(table, k):
    tp = table[k, k]
    return dict(tp=tp, fp=table[:, k].sum() - tp, fn=table[k].sum() - tp, tn=0)
