"""What operators are given keeps to the product: nginx's limits, and the commands that are started."""

import json
import re
import shlex

import pytest
import yaml
from tests.conftest import ROOT

from heliograph.__main__ import parser
from heliograph.config.environment import Environment
from heliograph.config.server.supervisor import HEADER_MILLISECONDS, LARGEST_HEAD

NGINX = (ROOT / "deploy/nginx.conf.template").read_text()
SIZES = {"k": 2**10, "m": 2**20}


def said(directive: str) -> str:
    """What nginx is told with this directive, which is there once."""
    [value] = re.findall(rf"^ *{directive} (.+);", NGINX, re.MULTILINE)
    return value


def size(text: str) -> int:
    return int(text[:-1]) * SIZES[text[-1]]


def line_of(file: str, form: str) -> str:
    """What the group of the form finds in the file's one line of that form."""
    [value] = re.findall(f"^{form}$", (ROOT / file).read_text(), re.MULTILINE)
    return value


def started() -> dict[str, list[str]]:
    """The words after ``heliograph`` with which containers and the service start, by where they stand."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {
        name: service.get("command") for name, service in services.items() if service["image"] == "heliograph"
    }
    image = json.loads(line_of("Dockerfile", r"CMD (.+)"))
    unit = shlex.split(line_of("deploy/heliograph.service", r"ExecStart=\S+/heliograph (.+)"))
    return {"Dockerfile": image, "unit": unit, **{name: words or image for name, words in ours.items()}}


def test_nginx_lets_through_whatever_heliograph_takes(tmp_path):
    settings = Environment.read({"HELIOGRAPH_HOME": str(tmp_path)})
    assert size(said("client_max_body_size")) > settings.upload_limit
    assert size(said("large_client_header_buffers").split()[1]) >= LARGEST_HEAD


def test_nginx_sends_no_request_on_a_connection_that_heliograph_is_about_to_end():
    assert int(said("keepalive_timeout").removesuffix("s")) < HEADER_MILLISECONDS / 1000


@pytest.mark.parametrize("place", started())
def test_what_is_started_is_a_command(place):
    assert parser().parse_args(started()[place])
