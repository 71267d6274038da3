"""The files in deploy/, as far as they can be checked without a cluster: each part fits the others and our programs."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
import typer
import yaml
from traitlets.config import Config

from autograder.grading.hub import uid_of

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OBJECTS = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))
VALUES = yaml.safe_load((DEPLOY / "jupyterhub-values.yaml").read_text())


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [item for item in OBJECTS if item["kind"] in kinds]


def pods() -> dict[str, dict[str, Any]]:
    """The template of each pod, by the name of what makes it."""
    found = {item["metadata"]["name"]: item["spec"]["template"] for item in of_kind("Deployment", "StatefulSet")}
    jobs = {item["metadata"]["name"]: item["spec"]["jobTemplate"]["spec"]["template"] for item in of_kind("CronJob")}
    return found | jobs


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in pods().items():
        for container in pod["spec"]["containers"]:
            yield name, container


def commands() -> dict[str, list[str]]:
    """Every command line of ours and of Dask's."""
    found = {}
    for name, service in COMPOSE["services"].items():
        words = service.get("command", [])
        if words[:2] == ["sh", "-c"]:
            words = shlex.split(words[2].removeprefix("exec "))
        found[f"compose {name}"] = words
    for name, container in containers():
        found[f"kubernetes {name}"] = container.get("args", [])
    return {name: words for name, words in found.items() if words}


@pytest.mark.parametrize("name", commands())
def test_programs_know_their_options(name: str) -> None:
    program, command, *words = (re.sub(r"\$\{\w+:-(\w+)\}", r"\1", word) for word in commands()[name])
    if program == "autograder":
        from autograder.cli import app

        group: Any = typer.main.get_command(app)
    else:
        assert program == "dask"
        scheduler = pytest.importorskip("distributed.cli.dask_scheduler").main
        worker = pytest.importorskip("distributed.cli.dask_worker").main
        group = click.Group(commands={"scheduler": scheduler, "worker": worker})
    group.commands[command].make_context(command, words, resilient_parsing=False)


def test_both_files_grade_alike() -> None:
    found = commands()
    for service in ("scheduler", "worker"):
        ours = [re.sub(r"\$\{\w+:-(\w+)\}", r"\1", word) for word in found[f"compose {service}"]]
        assert ours == found[f"kubernetes {service}"]


def test_compose_names_only_what_it_has() -> None:
    services = COMPOSE["services"]
    assert {"hub", "scheduler", "worker", "database", "grade"} <= set(services)
    stages = set(re.findall(r" AS (\w+)", (DEPLOY / "Dockerfile").read_text()))
    for service in services.values():
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        assert set(service.get("depends_on", [])) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or source.startswith(("/", "$")), volume
        if build := service.get("build"):
            assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
            assert build["target"] in stages
        assert not service.get("privileged")
        assert ":" in service["image"] or "build" in service, "an image without a version changes under our feet"


def test_students_reach_neither_cluster_nor_gradebook() -> None:
    networks = {name: set(service["networks"]) for name, service in COMPOSE["services"].items()}
    assert networks["hub"] == {"students", "gradebook"}
    assert all("students" not in networks[name] for name in networks if name != "hub")
    assert networks["worker"] == {"cluster"}
    assert COMPOSE["networks"]["cluster"]["internal"]


def test_no_secret_is_written_into_compose() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name:
                assert value.startswith("${DB_PASSWORD:?")


def test_dockerfile_copies_what_is_there_and_asks_for_extras_that_exist() -> None:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    for line in re.findall(r"^COPY (.*)$", text, flags=re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert not source.startswith("solutions")
    extras = re.search(r"/srv/package\[([\w,]+)\]", text)
    assert extras is not None
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(extras[1].split(",")) <= set(known)
    assert "bubblewrap" in text
    assert "USER 1000" in text
    assert "useradd --create-home --uid 1000 course" in text
    # The hub, its students' servers and the test of the hub are of one version.
    pin = re.search(r"^jupyterhub==(\d+)\.", (ROOT / "constraints.txt").read_text(), flags=re.MULTILINE)
    assert pin is not None
    assert f'"jupyterhub=={pin[1]}.*"' in text
    assert f"quay.io/jupyterhub/jupyterhub:{pin[1]} AS hub" in text


def test_hub_config_is_python_and_gets_its_variables() -> None:
    tree = ast.parse((DEPLOY / "hub" / "jupyterhub_config.py").read_text())
    wanted = {
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and ast.unparse(node.value) == "os.environ"
        and isinstance(node.slice, ast.Constant)
    }
    assert wanted == set(COMPOSE["services"]["hub"]["environment"])


def settings_of(name: str, *groups: str) -> SimpleNamespace:
    """What the hub of the compose file decides for somebody in these groups."""
    config = Config()
    names = {**COMPOSE["services"]["hub"]["environment"], "COURSE_DIR": "/srv/course", "DB_PASSWORD": "secret"}
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in names.items():
            patch.setenv(variable, value)
        text = (DEPLOY / "hub" / "jupyterhub_config.py").read_text()
        exec(compile(text, "jupyterhub_config.py", "exec"), {"get_config": lambda: config})
        spawner = SimpleNamespace(**config.DockerSpawner, **config.Spawner)
        spawner.user = SimpleNamespace(name=name, groups=[SimpleNamespace(name=group) for group in groups])
        config.Spawner.pre_spawn_hook(spawner)
    return spawner


def test_students_get_neither_course_folder_nor_formgrader_nor_gradebook() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    student, instructor = settings_of("sam"), settings_of("ada", "instructors")
    assert "/course" in instructor.volumes.values()
    assert "/course" not in student.volumes.values()
    assert "secret" not in repr(student.environment)
    assert (student.network_name, instructor.network_name) == ("evalkit-course_students", "evalkit-course_gradebook")
    # Whoever collects tells them by their system users, without asking the hub.
    assert student.extra_create_kwargs == {"user": f"{uid_of('sam')}:{uid_of('sam')}"}
    assert instructor.extra_create_kwargs == {"user": "1000:1000"}
    assert student.notebook_dir == student.environment["HOME"]
    for spawner in (student, instructor):
        assert "/usr/local/share/nbgrader/exchange" in spawner.volumes.values()
        assert all(place in dockerfile for place in spawner.volumes.values() if place != "/course")
        folder = Path(spawner.environment["JUPYTER_CONFIG_PATH"].replace("/srv/", "hub/"))
        assert (DEPLOY / folder / "nbgrader_config.py").is_file()
        assert f"COPY deploy/{folder.parent} /srv/{folder.parent.name}" in dockerfile
    off = json.loads((DEPLOY / "hub/jupyter/student/jupyter_server_config.json").read_text())
    assert off["ServerApp"]["jpserver_extensions"] == {
        "nbgrader.server_extensions.formgrader": False,
        "nbgrader.server_extensions.course_list": False,
    }


API = {
    "Namespace": "v1",
    "Secret": "v1",
    "PersistentVolumeClaim": "v1",
    "Service": "v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "CronJob": "batch/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
}


def test_every_object_says_what_it_is() -> None:
    names = [(item["kind"], item["metadata"]["name"]) for item in OBJECTS]
    assert len(set(names)) == len(names)
    for item in OBJECTS:
        assert item["apiVersion"] == API[item["kind"]]
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", item["metadata"]["name"])
        assert item["kind"] == "Namespace" or item["metadata"]["namespace"] == "grading"


def test_selectors_find_their_pods() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods().items()}
    for item in of_kind("Deployment", "StatefulSet"):
        assert item["spec"]["selector"]["matchLabels"] == labels[item["metadata"]["name"]]
    selected = [item["spec"]["selector"] for item in of_kind("Service")]
    for policy in of_kind("NetworkPolicy"):
        rules = [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]
        selected += [policy["spec"]["podSelector"]["matchLabels"]]
        selected += [
            peer["podSelector"]["matchLabels"] for r in rules for peer in (*r.get("from", ()), *r.get("to", ()))
        ]
    for selector in selected:
        assert selector in labels.values()
    for service in of_kind("Service"):
        (name,) = [name for name, found in labels.items() if found == service["spec"]["selector"]]
        open_ports = {p["containerPort"] for c in pods()[name]["spec"]["containers"] for p in c.get("ports", [])}
        assert {port["port"] for port in service["spec"]["ports"]} <= open_ports


def test_secrets_volumes_and_hosts_exist() -> None:
    secrets = {item["metadata"]["name"]: item["stringData"] for item in of_kind("Secret")}
    claims = {item["metadata"]["name"] for item in of_kind("PersistentVolumeClaim")}
    hosts = {item["metadata"]["name"] for item in of_kind("Service")}
    templates = {t["metadata"]["name"] for item in of_kind("StatefulSet") for t in item["spec"]["volumeClaimTemplates"]}
    for name, container in containers():
        pod = pods()[name]["spec"]
        for variable in container.get("env", []):
            if "valueFrom" in variable:
                wanted = variable["valueFrom"]["secretKeyRef"]
                assert wanted["key"] in secrets[wanted["name"]]
        volumes = {volume["name"] for volume in pod.get("volumes", [])} | templates
        assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes
        for volume in pod.get("volumes", []):
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims
        for word in container.get("args", []):
            if host := re.match(r"tcp://([\w-]+):", word):
                assert host[1] in hosts
    assert re.search(r"@([\w-]+)/", secrets["gradebook"]["GRADEBOOK"])[1] in hosts  # type: ignore[index]


def test_pods_have_limits_and_no_privileges() -> None:
    for name, container in containers():
        assert "memory" in container["resources"]["limits"]
        assert "requests" in container["resources"]
        assert not container["image"].endswith(":latest")
        assert ":" in container["image"]
        assert pods()[name]["spec"]["automountServiceAccountToken"] is False
        if "evalkit-course" in container["image"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["runAsNonRoot"] is True
    # What bubblewrap needs in a pod.
    worker = pods()["worker"]["spec"]
    assert worker["hostUsers"] is False
    assert worker["containers"][0]["securityContext"]["procMount"] == "Unmasked"


def test_students_use_the_image_of_the_workers() -> None:
    image = VALUES["singleuser"]["image"]
    assert f"{image['name']}:{image['tag']}" in {container["image"] for _, container in containers()}


def test_kubectl_reads_the_manifest(tmp_path: Path) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    shutil.copy(DEPLOY / "kubernetes.yaml", tmp_path)
    (tmp_path / "kustomization.yaml").write_text("resources: [kubernetes.yaml]\n")
    done = subprocess.run([kubectl, "kustomize", str(tmp_path)], capture_output=True, text=True, check=True)
    assert len(list(yaml.safe_load_all(done.stdout))) == len(OBJECTS)


def test_table_of_sizes_is_what_the_script_computes() -> None:
    readme = (DEPLOY / "README.md").read_text()
    command = re.search(r"^python (benchmarks/sizing\.py --cpu.*)$", readme, flags=re.MULTILINE)
    assert command is not None
    done = subprocess.run(
        [sys.executable, *shlex.split(command[1])], cwd=ROOT, capture_output=True, text=True, check=True
    )
    table, facts = done.stdout.strip().split("\n\n")
    assert table.count("\n") == 4
    assert table in readme
    assert " ".join(facts.split()) in " ".join(readme.split())
