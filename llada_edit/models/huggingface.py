"""The Hugging Face hub, as the `Hub` that `fetch` asks for, and what its errors mean.

The only module that knows `huggingface_hub`, which is imported with the first request. Which files a model needs, and
where they go, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

from llada_edit.errors import LladaEditError, ModelError, UnknownModel
from llada_edit.models.store import Listing, RemoteFile, disk_at_fault
from llada_edit.models.tokenizer_files import Json


class HuggingFace:
    """The real hub: a thin adapter, and the library behind it is imported with the first call.

    Requests are put together here, on the library's session: its own calls tell the hub what else is installed and
    running, ask for more than a model, and throw away half a download when they are stopped.
    """

    def listing(self, repository: str, revision: str | None) -> Listing:
        """See `Hub`; one request."""
        from huggingface_hub import constants, get_session, hf_raise_for_status

        url = f"{constants.ENDPOINT}/api/models/{repository}"
        if revision is not None:
            url += f"/revision/{quote(revision, safe='')}"
        response = get_session().get(url, params={"blobs": True}, headers=self._headers(), timeout=30)
        hf_raise_for_status(response)
        try:
            answer: Json = response.json()
            files = []
            for entry in answer["siblings"]:
                digest = (entry.get("lfs") or {}).get("sha256") or entry.get("blobId")
                if digest and entry.get("size") is not None:  # what cannot be checked is as good as absent
                    files.append(RemoteFile(str(entry["rfilename"]), int(entry["size"]), str(digest)))
            return Listing(str(answer["sha"]), tuple(files))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"the answer for {repository} is not from the hub; is there a login page between?"
            ) from error

    def read(self, repository: str, commit: str, name: str, start: int) -> Iterator[bytes]:
        """See `Hub`; one request, and those that it is sent on to."""
        from huggingface_hub import get_session, hf_hub_url, hf_raise_for_status

        headers = self._headers() | {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        url = hf_hub_url(repository, name, revision=commit)
        with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=30) as response:
            hf_raise_for_status(response)
            skip = start if response.status_code == 200 else 0  # a server that knows no ranges begins anew
            for chunk in response.iter_bytes():
                yield chunk[skip:]
                skip = max(0, skip - len(chunk))

    def _headers(self) -> dict[str, str]:
        from huggingface_hub import constants, get_token

        token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
        # The session drops the token where a request is sent on to another machine.
        return {"User-Agent": "llada-edit"} | ({"Authorization": f"Bearer {token}"} if token else {})


@contextmanager
def explained(repository: str, revision: str | None) -> Iterator[None]:
    """Errors of the network and its library as one line of ours."""
    try:
        yield
    except LladaEditError:
        raise
    except Exception as error:
        rooms = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
        if isinstance(error, OSError) or any(room.startswith(("http", "huggingface_hub")) for room in rooms):
            raise _explain(error, repository, revision) from error
        raise


def _explain(error: Exception, repository: str, revision: str | None) -> ModelError:
    from huggingface_hub import errors

    if isinstance(error, OSError) and disk_at_fault(error):
        where = f"{error.filename}: " if error.filename else ""
        return ModelError(f"{where}{error.strerror}; what was fetched of {repository} is kept, run it again to go on")
    table: Mapping[type[Exception] | tuple[type[Exception], ...], ModelError] = {
        errors.OfflineModeIsEnabled: ModelError(
            f"{repository} cannot be fetched in offline mode; unset HF_HUB_OFFLINE, or choose from: llada-edit models"
        ),
        errors.GatedRepoError: ModelError(
            f"{repository} is given out on request only; accept its terms on its page, then log in: hf auth login"
        ),
        errors.DisabledRepoError: ModelError(f"{repository} was disabled on the hub"),
        errors.RevisionNotFoundError: UnknownModel(f"{repository} has no revision {revision!r}"),
        (errors.RepositoryNotFoundError, errors.HFValidationError): UnknownModel(
            f"the hub has no public model {repository!r}; check the spelling, or log in if it is private: hf auth login"
        ),
        errors.HfHubHTTPError: ModelError(f"the hub refused {repository} ({_status(error)}); try again later"),
    }
    for kind, said in table.items():
        if isinstance(error, kind):
            return said
    return ModelError(
        f"the hub cannot be reached ({type(error).__name__}); what was fetched of {repository} is kept, run it again"
    )


def _status(error: Exception) -> str:
    return f"status {getattr(getattr(error, 'response', None), 'status_code', 'unknown')}"
