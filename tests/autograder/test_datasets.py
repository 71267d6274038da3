from __future__ import annotations

import numpy as np
import pytest

from autograder.datasets import mailbox


def test_same_seed_same_mailbox_other_seed_another():
    one, again, other = mailbox(n=50), mailbox(n=50), mailbox(n=50, seed=1)
    assert one.texts == again.texts
    assert one.labels.tolist() == again.labels.tolist()
    assert one.texts != other.texts


@pytest.mark.parametrize(("n", "rate", "spam"), [(2000, 0.05, 100), (10, 0.0, 0), (10, 1.0, 10), (0, 0.05, 0)])
def test_the_share_of_spam_is_exact(n, rate, spam):
    mail = mailbox(n=n, spam_rate=rate)
    assert len(mail.texts) == n
    assert mail.labels.shape == (n,)
    assert mail.labels.dtype == np.int64
    assert int(mail.labels.sum()) == spam
    assert set(mail.labels.tolist()) <= {0, 1}


def test_spam_stands_in_random_places():
    places = np.flatnonzero(mailbox().labels)
    assert abs(places.mean() - 1000) < 200


def test_texts_are_whole_sentences_without_open_slots():
    for text in mailbox(n=300).texts:
        assert "{" not in text
        assert text[0].isupper()
        assert text[-1] in ".?"


def test_no_word_gives_spam_away():
    # Half of the words of spam, at the least, stand in real mail, too.
    mail = mailbox()
    words = [set(), set()]
    for text, label in zip(mail.texts, mail.labels, strict=True):
        words[label] |= set(text.lower().split())
    assert len(words[1] & words[0]) > 0.9 * len(words[1])


@pytest.mark.parametrize(("n", "rate", "word"), [(-1, 0.05, "n"), (10, -0.1, "spam_rate"), (10, 1.1, "spam_rate")])
def test_impossible_requests_name_the_argument(n, rate, word):
    with pytest.raises(ValueError, match=f"^{word} must"):
        mailbox(n=n, spam_rate=rate)


@pytest.mark.slow
def test_a_classifier_is_good_but_not_perfect():
    feature_extraction = pytest.importorskip("sklearn.feature_extraction.text")
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    train, test = mailbox(seed=0), mailbox(seed=1)
    model = make_pipeline(feature_extraction.CountVectorizer(), LogisticRegression(max_iter=1000))
    predicted = model.fit(train.texts, train.labels).predict(test.texts)
    recall = predicted[test.labels == 1].mean()
    assert np.mean(predicted == test.labels) > 0.96
    assert 0.5 < recall < 0.95
