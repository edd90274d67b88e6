"""Runs tap-workato unmodified against a Portcullis, for the named streams only.

Arguments: base URL, then names of streams. The token stands in PORTCULLIS_TOKEN. Singer messages go to standard output.
The tap has its base URL as a constant of its class; this driver sets that, and nothing else.
"""

import os
import sys

from tap_workato.client import WorkatoStream
from tap_workato.tap import TapWorkato


def main() -> None:
    base, wanted = sys.argv[1], set(sys.argv[2:])
    WorkatoStream.url_base = base
    config = {"api_token": os.environ["PORTCULLIS_TOKEN"]}
    catalog = TapWorkato(config=config).catalog_dict
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in wanted
    TapWorkato(config=config, catalog=catalog).sync_all()


main()
