"""The command that answers other programs on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from normalizer.cli.options import knowledge_options, open_base
from normalizer.cli.program import examples, main
from normalizer.errors import UsageError

# Where OpenRefine runs by default: its pages ask from here.
OPENREFINE = ("http://127.0.0.1:3333", "http://localhost:3333")


@main.command(
    help="Answer OpenRefine and other clients of the reconciliation API (version 0.2).\n\n"
    "In OpenRefine choose Reconcile, Start reconciling, Add standard service, and give the "
    "address this prints. Scores are probabilities times 100; a candidate is matched without a "
    "person only when it is sure and has no rival.\n\n"
    + examples(
        "normalizer serve --reconcile",
        "normalizer serve --reconcile --against people.csv --port 8010",
    )
)
@click.option(
    "--reconcile",
    is_flag=True,
    required=True,
    help="Serve the reconciliation API; the only service there is.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Your own entities (TSV, CSV or JSONL: id, name, ...) in place of the knowledge base.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; any other lets others on the network ask.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--allow-origin",
    multiple=True,
    metavar="ORIGIN",
    help="Origin whose pages may read answers [those of OpenRefine on this machine].",
)
@knowledge_options
def serve(
    reconcile: bool,
    against: Path | None,
    host: str,
    port: int,
    allow_origin: tuple[str, ...],
    **rest: Any,
) -> int:
    """See the help text above."""
    from normalizer.integrations.catalogue import of_base, of_list
    from normalizer.integrations.loopback import LoopbackServer
    from normalizer.integrations.reconcile import Service
    from normalizer.names.entity_lists import read_entities

    catalogue = of_list(read_entities(against)) if against else of_base(open_base(rest))
    try:
        server = LoopbackServer(host, port, allow_origin or OPENREFINE)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another --port"
        ) from error
    name = f"normalizer: {against.name}" if against else "normalizer"
    with server:
        click.echo(f"{len(catalogue.entries)} entities; stop with Ctrl-C", err=True)
        click.echo(server.address)
        server.serve(Service(catalogue, name, server.address).answer)
    return 0
