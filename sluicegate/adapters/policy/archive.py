"""The bundle as an OPA archive: what ``opa run --server --bundle`` loads in one step."""

import gzip
import io
import json
import tarfile
from typing import Final

from sluicegate.adapters.policy.bundle import PolicyBundle

MANIFEST_NAME: Final = "/.manifest"


def archive_bytes(bundle: PolicyBundle) -> bytes:
    """Return the ``.tar.gz`` of manifest, data and modules; one bundle has one byte string."""
    manifest = {"revision": bundle.digest, "roots": sorted(bundle.roots()), "rego_version": 1}
    contents = {
        MANIFEST_NAME: json.dumps(manifest, sort_keys=True),
        "/data.json": bundle.data_with_digest(),
        **{f"/{module.path}": module.source for module in bundle.modules},
    }
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, text in contents.items():
            raw = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(raw))
    return gzip.compress(plain.getvalue(), mtime=0)
