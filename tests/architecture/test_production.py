"""The production files: nothing secret in them, each process reaching what it needs only.

Where the docker client has its compose plugin, `docker compose config` reads the file as well.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.house import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("setup", "gate", "executor", "service")
DOCKER_TIMEOUT_SECONDS = 60


def secrets_of(service: str) -> set[str]:
    listed = SERVICES[service].get("secrets", [])
    return {entry if isinstance(entry, str) else entry["source"] for entry in listed}


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_by_its_version(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert re.search(r"\d+\.\d+", tag), f"{name}: {tag!r} is no version"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_holds_no_privilege_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileges")
    assert str(service.get("user", "")) not in ("0", "root", "0:0")


@pytest.mark.parametrize("name", [*OURS, "postgres", "opa", "redis"])
def test_a_container_of_ours_or_with_state_cannot_write_its_image(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["user"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "setup"])
def test_a_container_that_stays_up_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_environment(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if not key.endswith("_FILE"):
            assert not re.search(r"PASSWORD|SECRET|TOKEN|API_KEY", key), key
        # A URL may name a login, never its password.
        assert not re.search(r"//[^/@:]+:[^/@]+@", str(value)), key


def test_every_secret_is_a_file_outside_version_control() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "secrets/" in ignored
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"].startswith("./secrets/"), name


def test_what_a_service_names_is_declared() -> None:
    for name, service in SERVICES.items():
        assert secrets_of(name) <= set(COMPOSE["secrets"]), name
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        named = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert {source for source in named if not source.startswith(".")} <= set(COMPOSE["volumes"])


def test_only_the_gate_holds_the_private_key() -> None:
    assert [name for name in SERVICES if "gate_private_key" in secrets_of(name)] == ["gate"]


def test_each_process_has_a_database_login_of_its_own() -> None:
    passwords = {
        name: secrets_of(name)
        & {f"{role}_password" for role in ("admin", "service", "gate", "executor")}
        for name in OURS
    }
    assert passwords == {
        "setup": {"admin_password"},
        "gate": {"gate_password"},
        "executor": {"executor_password"},
        "service": {"service_password"},
    }
    logins = [
        re.search(r"//([^@]+)@", SERVICES[name]["environment"]["SLUICEGATE_DATABASE_URL"])
        for name in OURS
    ]
    assert len({login.group(1) for login in logins if login}) == len(OURS)


def test_the_executor_reaches_the_database_and_nothing_else() -> None:
    assert SERVICES["executor"]["networks"] == ["database"]


def test_the_service_cannot_reach_policy() -> None:
    assert "policy" not in SERVICES["service"]["networks"]


def test_only_the_service_is_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"service": ["127.0.0.1:8000:8000"]}


def test_only_the_service_is_on_a_network_with_a_way_out() -> None:
    open_networks = {
        name for name, network in COMPOSE["networks"].items() if not network.get("internal")
    }
    on_them = {
        name for name, service in SERVICES.items() if open_networks & set(service["networks"])
    }
    assert on_them == {"service"}


def test_the_model_server_starts_only_when_asked_for() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"vllm"}


def test_opa_serves_the_archive_that_set_up_wrote_and_cannot_change_it() -> None:
    assert SERVICES["opa"]["volumes"] == ["policy:/policy:ro"]
    assert "policy:/data/policy" in SERVICES["setup"]["volumes"]
    assert "/policy/bundle.tar.gz" in SERVICES["opa"]["command"]


def test_every_module_that_a_container_starts_is_there() -> None:
    for name in OURS:
        command = SERVICES[name]["command"]
        module = command[command.index("-m") + 1].replace(".", "/")
        assert (ROOT / f"{module}.py").is_file() or (ROOT / module / "__main__.py").is_file(), name


def test_everything_that_the_dockerfile_copies_is_there_and_let_in() -> None:
    let_in = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE
    )
    sources = {source for line in copied for source in line.split()}
    assert sources == let_in
    for source in sources:
        assert (ROOT / source).exists(), source


def test_the_image_runs_without_root_and_installs_by_hash_only() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    last_stage = dockerfile.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)
    assert "PYTHONPATH=/app" in last_stage
    installs = re.findall(r"pip (?:install|sync)[^\n]*", dockerfile)
    assert installs
    assert all("--require-hashes" in line for line in installs)


def test_docker_compose_accepts_the_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("there is no docker client here")
    plugin = subprocess.run(
        [docker, "compose", "version"],
        capture_output=True,
        timeout=DOCKER_TIMEOUT_SECONDS,
        check=False,
    )
    if plugin.returncode != 0:
        pytest.skip("the docker client here has no compose plugin")
    done = subprocess.run(
        [
            docker,
            "compose",
            "--project-directory",
            str(ROOT),
            "--profile",
            "*",
            "config",
            "--quiet",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DOCKER_TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
