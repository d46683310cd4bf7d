"""Users on a real broker: the first token, sessions at two serves, what is shown once."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

import httpx
import pytest

from streams.broker.client.connection import Connection
from streams.broker.topics.ensure import ensure
from streams.broker.topics.plan import topic_plan
from streams.config.load import parse_config
from tests.integration.serving import Serve, run
from tests.waiting.progress import until

pytestmark = pytest.mark.kafka


def test_off_loopback_serve_makes_one_token_and_two_serves_share_who_is_known(
    kafka: str, tmp_path: Path
) -> None:
    """As Compose starts it: closed, one token printed once; a login at one holds at the other."""
    ensure(Connection(kafka), topic_plan(parse_config({"name": tmp_path.name})))
    (tmp_path / "two").mkdir()
    one, two = Serve(kafka, tmp_path), Serve(kafka, tmp_path / "two", name=tmp_path.name)
    for serve in (one, two):
        serve.change("[serve]\n", '[serve]\nhost = "0.0.0.0"\n')
    with one.running():
        until(lambda: "first token" in one.said, "the first token is printed")
        (line,) = (line for line in one.said.splitlines() if "first token" in line)
        token = line.rpartition(" ")[2]
        with two.running():
            assert "first token" not in two.said
            for base in (one.base, two.base):
                assert httpx.get(f"{base}/feeds").status_code == 401
                bearer = {"Authorization": f"Bearer {token}"}
                assert httpx.get(f"{base}/feeds", headers=bearer).status_code == 200
            acted = {
                "type": "silence", "id": "0" * 32, "match": {"id": "1069"}, "text": "seen",
                "until": (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat(),
            }  # fmt: skip
            for base, result in ((one.base, "done"), (two.base, "repeat")):
                answer = httpx.post(f"{base}/api/v1/actions", json=acted, headers=bearer)
                assert (answer.status_code, answer.json()["result"]) == (200, result)
            place = ["--config", str(one.config)]
            password = tmp_path / "password.txt"
            password.write_text(secrets.token_hex(8))
            added = run("user", "add", "wang", "--password-file", str(password), *place)
            assert added.returncode == 0, added.stderr
            right = {"user": "wang", "password": password.read_text()}
            login = f"{one.base}/api/v1/session"
            until(lambda: httpx.post(login, json=right).status_code == 200, "the user is known")
            with httpx.Client() as client:
                said = client.post(login, json=right)
                assert client.get(f"{two.base}/api/v1/me").json()["name"] == "wang"
                csrf = {"X-CSRF-Token": said.json()["csrf"]}
                out = client.delete(f"{two.base}/api/v1/session", headers=csrf)
                assert out.status_code == 204
            cookie = {"Cookie": f"weathervane-{tmp_path.name}={next(iter(said.cookies.values()))}"}
            until(
                lambda: httpx.get(f"{one.base}/feeds", headers=cookie).status_code == 401,
                "the session is over at the other serve",
            )
            assert run("token", "revoke", "first", *place).returncode == 0
            until(
                lambda: httpx.get(f"{two.base}/feeds", headers=bearer).status_code == 401,
                "the first token is revoked",
            )
    with one.running():
        assert one.said.count("first token") == 1
