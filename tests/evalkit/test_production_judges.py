"""Judges: what the scene judge can tell, a server that misbehaves in every way, and what people would have said."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from typer.testing import CliRunner

from evalkit.cli import app
from evalkit.production import (
    Agreement,
    CustomEvaluation,
    Dataset,
    Gate,
    GateError,
    ImageInstructionAdherence,
    Judgement,
    OpenAIJudge,
    RegressionEval,
    SceneJudge,
    corrected_mean,
)
from evalkit.production.agreement import AgreementError, agreement
from evalkit.production.openai_judge import UNREACHABLE

SCENE = {"objects": ["cat"], "light": "dark"}
JUDGE = SceneJudge({"cat": ["kitten"], "dog": ["puppy"]}, values={"light": ["day", "dark"]}, known_words=["grass"])


@pytest.mark.parametrize(
    ("checks", "output", "status", "score"),
    [
        (["names cat", "invents nothing"], "There is no dog, only a cat.", "ok", 1.0),
        (["names cat", "invents nothing"], "Two kittens on grass", "ok", 1.0),
        (["names cat", "invents nothing"], "A dog", "ok", 0.0),
        (["names cat", "invents nothing", "max_words 5"], "A dog", "ok", 1 / 3),
        (["names cat"], "A cat that looks like a dog", "undecided", None),
        (["names cat"], "A feline on grass", "undecided", None),
        (["names cat"], "A cat on marble", "ok", 1.0),
        (["invents nothing"], "A cat on marble", "undecided", None),
        (["names horse"], "A cat", "undecided", None),
        (["says light"], "A dark picture", "ok", 1.0),
        (["says light"], "By day", "ok", 0.0),
        (["says light"], "It is not dark", "undecided", None),
        (["says weather"], "It is dark", "undecided", None),
        (["json cat,count"], '{"cat": true, "count": 1}', "ok", 1.0),
        (["json cat"], "a cat", "ok", 0.0),
        (["flies"], "a cat", "error", None),
        ([], "a cat", "skipped", None),
    ],
)
def test_scene_judge(checks, output, status, score):
    one = ImageInstructionAdherence(JUDGE, checks=checks).evaluate(instruction="Say it.", images=SCENE, output=output)
    assert (one.status, one.score) == (status, None if score is None else pytest.approx(score))


def test_the_judges_vocabulary_is_part_of_the_evaluator():
    other = SceneJudge({"cat": [], "dog": ["puppy"]}, values={"light": ["day", "dark"]}, known_words=["grass"])
    one, two = (ImageInstructionAdherence(judge, checks=["names cat"]) for judge in (JUDGE, other))
    assert one.identity() != two.identity()
    assert one.evaluate(images="cat.png", output="a cat").status == "error"


class Unreachable:
    """A judge that answers for the first rows only."""

    def identity(self):
        return {"kind": "unreachable"}

    def judge(self, instruction, images, output, checks):
        if output == "late":
            return Judgement(None, "error", f"{UNREACHABLE}: status 500")
        return Judgement(1.0, "ok", "fine")


@pytest.mark.slow
def test_a_gate_on_a_judge_that_could_not_be_reached_is_code_6(tmp_path):
    n = 300
    for name, late in (("old", 0), ("new", 2)):
        dataset = Dataset.from_columns(id=range(n), input=range(n), expected=["x"] * n)
        dataset.add_evaluation(ImageInstructionAdherence(Unreachable()))
        dataset.add_evaluation(CustomEvaluation(lambda output: True, "fine"))
        dataset.run(
            lambda rows, late=late: ["late" if i < late else "x" for i in rows["input"]],
            to=tmp_path / name,
            progress=False,
        )
    (tmp_path / "labels.csv").write_text("id,baseline,candidate\n" + "".join(f"{i},1,1\n" for i in range(100)))
    gates = tmp_path / "gates.toml"
    command = ["gate", str(tmp_path / "old"), str(tmp_path / "new"), "--gates", str(gates)]
    gates.write_text('[[gate]]\nmetric = "accuracy"\nmax_drop = 0.05\n')
    assert CliRunner().invoke(app, command).exit_code == 4  # no people
    labelled = CliRunner().invoke(app, [*command, "--labels", str(tmp_path / "labels.csv")])
    assert labelled.exit_code == 6, labelled.output
    assert "could not be reached" in labelled.output
    gates.write_text('[[gate]]\nmetric = "accuracy"\nevaluator = "fine"\nmax_drop = 0.05\n')
    assert CliRunner().invoke(app, command).exit_code == 0  # no gate asks that judge


# --------------------------------------------------------------------------------------------------------- a bad server
GOOD = {"reason": "There is a cat.", "verdict": "yes"}


def completion(content=None, finish="stop", refusal=None, model="judge-2026-01"):
    message = {"role": "assistant", "content": json.dumps(GOOD) if content is None else content, "refusal": refusal}
    return {
        "id": "1", "object": "chat.completion", "created": 1, "model": model, "system_fingerprint": "fp_7",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    }  # fmt: skip


class Server(ThreadingHTTPServer):
    """Answers what it was told to, one after the other, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.asked = [], []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        step = self.server.script.pop(0) if self.server.script else completion()
        if step == "hang":
            time.sleep(1.0)
            step = completion()
        if step == "cut":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b'{"id": "1", "cho')
            self.close_connection = True
            return
        status, body = (step, {"error": {"message": "no"}}) if isinstance(step, int) else (200, step)
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 429:
                self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass  # the client did not wait

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    pytest.importorskip("openai")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ask(server, monkeypatch):
    monkeypatch.setattr("openai._base_client.BaseClient._calculate_retry_timeout", lambda *_: 0.001)
    judges = []

    def ask(script, output="a cat", **options):
        settings = {"timeout": 0.4, "retries": 3, **options}
        judge = OpenAIJudge("judge", base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none", **settings)
        judges.append(judge)
        server.script[:] = script
        return judge, judge.judge("Name the animal.", None, output, [])

    yield ask
    for judge in judges:
        judge.close()


@pytest.mark.slow
@pytest.mark.parametrize("script", [[], [429, 429], [500], ["hang"], ["cut"], [503, "hang", 429]])
def test_what_passes_is_tried_again(ask, script):
    _, one = ask(script)
    assert (one.score, one.status, one.reason) == (1.0, "ok", "There is a cat.")
    assert one.model == "judge-2026-01/fp_7"  # the name that was asked for may come to mean another model


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([completion("I think so.")], "not of the form"),
        ([completion('{"verdict": "yes"}')], "not of the form"),
        ([completion('{"verdict": "maybe", "reason": "x"}')], "not of the form"),
        ([completion('["yes"]')], "not of the form"),
        ([completion("", refusal="I cannot.")], "refused to answer"),
        ([completion('{"verd', finish="length")], "cut off: length"),
        ([{**completion(), "choices": []}], "empty"),
        ([401], "refused the request: status 401"),
        ([400], "status 400"),
        ([500] * 9, "judge unreachable: status 500"),
        ([429] * 9, "judge unreachable: status 429"),
        (["hang"] * 2, "judge unreachable: APITimeoutError"),
        (["cut"] * 9, "judge unreachable: APIConnectionError"),
    ],
)
def test_what_is_no_verdict_is_an_error_and_no_score(ask, script, words):
    _, one = ask(script, retries=1)
    assert (one.score, one.status) == (None, "error")
    assert words in one.reason


def test_a_judge_that_cannot_tell_is_undecided(ask):
    _, one = ask([completion('{"reason": "Too dark.", "verdict": "cannot_tell"}')])
    assert (one.score, one.status, one.reason) == (None, "undecided", "Too dark.")


def test_the_cache_keeps_verdicts_and_no_errors(ask, server, tmp_path):
    file = tmp_path / "judge.sqlite"
    _, one = ask([completion("nonsense")], cache=file)
    assert one.status == "error"
    _, again = ask([], cache=file)
    assert again.status == "ok"
    asked = len(server.asked)
    judge, kept = ask([500] * 9, cache=file)
    assert (kept, len(server.asked), judge.cost) == (again, asked, 0.0)
    _, other = ask([completion('{"reason": "No.", "verdict": "no"}')], output="a dog", cache=file)
    assert other.score == 0.0


def test_the_cost_cap_stops_before_the_next_call(ask, server):
    judge, one = ask([], max_cost=0.0015, prices=(1.0, 10.0))
    assert (one.status, judge.cost) == ("ok", pytest.approx(0.002))
    asked = len(server.asked)
    stopped = judge.judge("Name it.", None, "a dog", [])
    assert (stopped.status, stopped.reason) == ("error", "the cost cap of 0.0015 is reached")
    assert len(server.asked) == asked


def test_pictures_go_as_data_and_the_answer_is_structured(ask, server, tmp_path):
    judge, _ = ask([])
    (tmp_path / "cat.png").write_bytes(b"not really")
    judge.judge("Name it.", str(tmp_path / "cat.png"), "a cat", ["names cat"])
    request = server.asked[-1]
    text, picture = request["messages"][1]["content"]
    assert "names cat" in text["text"]
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")
    assert list(request["response_format"]["json_schema"]["schema"]["properties"]) == ["reason", "verdict"]


# ------------------------------------------------------------------------------------------------------ what people say
def test_the_corrected_mean_covers_the_truth_where_the_judge_is_sure_and_wrong():
    rng = np.random.default_rng(0)
    covered = wrong = 0
    for _ in range(200):
        human = rng.random(3000) < 0.75
        judged = np.where(human, rng.random(3000) < 0.9, rng.random(3000) >= 0.8)
        interval = corrected_mean(judged, judged[:200], human[:200])
        covered += interval.low <= 0.75 <= interval.high
        wrong += abs(judged.mean() - 0.75) > 2 * judged.std() / np.sqrt(3000)
    assert covered / 200 >= 0.9
    assert wrong / 200 > 0.5


@pytest.mark.slow
def test_kappa_moves_with_prevalence():
    rng = np.random.default_rng(0)
    kappas = []
    for good in (0.5, 0.9):
        human = rng.random(20000) < good
        kappas.append(agreement(human, human ^ (rng.random(20000) < 0.1)).kappa.estimate)
    assert kappas[0] == pytest.approx(0.80, abs=0.02)
    assert kappas[1] < 0.62
    assert agreement([1] * 50, [1] * 40 + [0] * 10).specificity is None


@pytest.mark.slow
def test_no_gate_on_a_judge_without_people(tmp_path):
    rng = np.random.default_rng(0)
    n = 600
    scenes = [{"objects": ["cat"]}] * n
    right = {name: rng.random(n) < share for name, share in (("old", 0.9), ("new", 0.7))}

    def says(name):
        return lambda rows: ["a cat" if right[name][int(i)] else "a dog" for i in rows["id"]]

    runs = []
    for name in right:
        dataset = Dataset.from_columns(id=range(n), input=[""] * n, expected=scenes)
        dataset.add_evaluation(ImageInstructionAdherence(JUDGE, checks=["names cat"]))
        runs.append(dataset.run(says(name), to=tmp_path / name, progress=False))
    result = RegressionEval(*runs).compare()
    gates = [Gate("accuracy", max_drop=0.05)]
    with pytest.raises(GateError, match="needs rows that people have labelled"):
        result.gate(gates)
    # People agree with the judge, but for a tenth of the answers.
    flips = rng.random((2, n)) < 0.1
    labels = {str(i): tuple(int(right[m][i] ^ flips[k][i]) for k, m in enumerate(right)) for i in range(200)}
    verdict = result.gate(gates, labels)
    assert verdict.status == "fail"
    measured = result.first.overall.table.difference
    people = np.array([two - one for one, two in labels.values()]).mean()
    judge = (right["new"].astype(int) - right["old"])[:200].mean()
    assert verdict.checks[0].interval.estimate == pytest.approx(measured + people - judge)
    with pytest.raises(AgreementError, match="3 labelled rows"):
        result.gate(gates, dict(list(labels.items())[:3]))
    with pytest.raises(GateError, match="can be on max_drop"):
        result.gate([Gate("recall", of="cat", at_least=0.5)], labels)
    assert Agreement.__doc__
