"""The storage of Distributed Maps: S3 through botocore, or a folder where the bucket's name is the path of one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from treadle.engine.storage import Folders
from treadle.errors import InputError, ServiceError
from treadle.services import clients

JSON = Any

SPOOLED = 8 << 20  # bytes of an object being written that stay in memory; more goes to a temporary file


@dataclass
class Buckets:
    """S3 answers over the network, so it is read in a thread (`local` is False)."""

    region: str | None = None
    endpoint_url: str | None = None
    client: Callable[..., Any] = clients.client
    local: bool = False
    _folders: Folders = field(default_factory=Folders)

    def read(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        if Path(bucket).is_dir():
            return self._folders.read(bucket, key, version)
        more = {} if version is None else {"VersionId": version}
        body = self._call("get_object", Bucket=bucket, Key=key, **more)["Body"]
        return cast(BinaryIO, _Body(body))

    def list(self, bucket: str, prefix: str) -> Iterator[dict[str, JSON]]:
        if Path(bucket).is_dir():
            yield from self._folders.list(bucket, prefix)
            return
        more: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", Bucket=bucket, Prefix=prefix, **more)
            for entry in page.get("Contents", ()):
                yield {
                    "Etag": entry["ETag"],
                    "LastModified": int(entry["LastModified"].timestamp()),
                    "Key": entry["Key"],
                    "Size": entry["Size"],
                    "StorageClass": entry.get("StorageClass", "STANDARD"),
                }
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def write(self, bucket: str, key: str) -> BinaryIO:
        if Path(bucket).is_dir():
            return self._folders.write(bucket, key)
        return cast(BinaryIO, _Upload(self, bucket, key))

    def _call(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = self.client("s3", region=self.region, endpoint_url=self.endpoint_url)
            return getattr(client, operation)(**arguments)
        except ClientError as problem:
            error = problem.response["Error"]
            raise ServiceError(f"S3.{error['Code']}", error.get("Message", "")) from None
        except (BotoCoreError, InputError) as problem:
            raise ServiceError("S3.SdkClientException", str(problem)) from None


class _Body:
    """botocore's streaming body with what TextIOWrapper asks of a stream besides."""

    closed = False

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._body.read(None if size is None or size < 0 else size)
        return data

    read1 = read

    def flush(self) -> None: ...

    def close(self) -> None:
        self.closed = True
        self._body.close()

    def __enter__(self) -> _Body:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _Upload:
    """An object being written: sent to S3 when it is closed, not when its writing was given up."""

    def __init__(self, buckets: Buckets, bucket: str, key: str) -> None:
        self._buckets = buckets
        self._target = {"Bucket": bucket, "Key": key}
        self._file = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - closed when it was sent

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def close(self) -> None:
        if self._file.closed:
            return
        with self._file as file:
            file.seek(0)
            self._buckets._call("put_object", Body=file, **self._target)

    def __enter__(self) -> _Upload:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()
