"""The one place where AWS clients are made.

Clients come from botocore, which is what boto3's clients are: without boto3's own layer, a Lambda handler saves 80 ms.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from treadle.engine.clock import RealClock
from treadle.errors import InputError

_lock = threading.RLock()
_clients: dict[Any, Any] = {}
_roles: dict[Any, tuple[float, dict[str, str]]] = {}
_session: Any = None

SET_UP = (
    "set AWS_REGION and credentials (aws configure, or AWS_PROFILE), "
    "or AWS_ENDPOINT_URL for an emulator, or mock the call, or declare it in the project"
)


def client(
    name: str,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    config: Any = None,
    role: str | None = None,
) -> Any:
    """A client for the AWS service `name` (botocore's name: `bedrock-runtime`), kept and shared by threads.

    Region, endpoint, profile and credentials come from where boto3 takes them; with `role`, an ARN, the client acts in
    that role. Raises InputError when no region is set.
    """
    credentials = _assumed(role, region) if role else {}
    key = (name, region, endpoint_url, config, *credentials.values(), *_surroundings())
    with _lock:
        if key not in _clients:
            _clients[key] = _make(name, region, endpoint_url, config, credentials)
        return _clients[key]


def reset() -> None:
    """Forget every client and the session: the next ones read the environment anew."""
    global _session
    with _lock:
        _clients.clear()
        _roles.clear()
        _session = None


def configured() -> bool:
    """Whether credentials are set where no network is needed to see them: environment, profile, container role."""
    names = (
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    )
    if any(os.environ.get(name) for name in (*names, "AWS_CONTAINER_CREDENTIALS_FULL_URI")):
        return True
    home = Path.home() / ".aws"
    shared = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE", home / "credentials"))
    return shared.is_file() or Path(os.environ.get("AWS_CONFIG_FILE", home / "config")).is_file()


def session() -> Any:
    """The botocore session all clients share; also the way to the service models."""
    global _session
    with _lock:
        if _session is None:
            import botocore.session

            _session = botocore.session.get_session()
        return _session


def _assumed(role: str, region: str | None) -> dict[str, str]:
    """Credentials of a role, kept until five minutes before they expire."""
    key = (role, *_surroundings())
    with _lock:
        if key not in _roles or _roles[key][0] < RealClock().now() + 300:
            given = _assume(client("sts", region=region), role)
            names = {"AccessKeyId": "aws_access_key_id", "SecretAccessKey": "aws_secret_access_key"}
            names["SessionToken"] = "aws_session_token"
            _roles[key] = given["Expiration"].timestamp(), {names[name]: given[name] for name in names}
        return _roles[key][1]


def _assume(sts: Any, role: str) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        credentials: dict[str, Any] = sts.assume_role(RoleArn=role, RoleSessionName="treadle")["Credentials"]
    except (ClientError, BotoCoreError) as error:
        raise InputError(f"the role {role} cannot be assumed: {error}") from error
    return credentials


def _make(name: str, region: str | None, endpoint_url: str | None, config: Any, credentials: dict[str, str]) -> Any:
    from botocore.config import Config
    from botocore.exceptions import NoRegionError

    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    defaults = Config(retries={"mode": "standard", "total_max_attempts": 3}, max_pool_connections=64)
    settings = defaults if config is None else defaults.merge(config)
    try:
        return session().create_client(
            name, region_name=region, endpoint_url=endpoint_url, config=settings, **credentials
        )
    except NoRegionError as error:
        raise InputError(f"no AWS region is set for '{name}': {SET_UP}") from error


def _surroundings() -> tuple[str | None, ...]:
    """What a client's meaning depends on: a changed region or credential must not find an older client."""
    names = (
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
    )
    return tuple(os.environ.get(name) for name in names)
