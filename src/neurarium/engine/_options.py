"""Arguments and options that several verbs of the command share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurarium.core.catalogue import find


def _known(study: str) -> str:
    if not study.endswith(".py"):
        find(study, "study")  # a wrong name is told before torch is imported
    return study


StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="Name of a study, or its file.", callback=_known)]
EntryName = Annotated[str, typer.Argument(metavar="NAME", help="Name of an entry, e.g. lif.")]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="Any identifier, e.g. my-part.")]
ScaleName = Annotated[str, typer.Option("--scale", help="micro, quick or full.")]
Seeds = Annotated[str | None, typer.Option("--seeds", help="8, 3:9, 1,5 or verdict; default: as the study says.")]
Set = Annotated[list[str] | None, typer.Option("--set", help="Change a setting, e.g. conditions.alif.beta=0.3.")]
Device = Annotated[str, typer.Option("--device", help="cpu or cuda.")]
StoreFolder = Annotated[Path, typer.Option("--store", help="Folder that keeps the trials.")]
Jobs = Annotated[int | None, typer.Option("--jobs", help="Processes; 0: this one. Default: one a core.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Version = Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)]
RoomName = Annotated[str, typer.Option("--room", help="Its room, e.g. neurons or nets/spiking.")]
