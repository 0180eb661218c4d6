"""A SavedModel is a program: one that does more than arithmetic is refused before it is loaded."""

from pathlib import Path
from typing import Any

import pytest

from app.engines import saved_model_file as graphs
from app.engines.saved_model_file import SignatureInvalid, read_graph
from models.store import Store

BUNDLED = Store(Path(__file__).parents[2] / "models" / "exports")
REACHING = (
    "ReadFile WriteFile MatchingFiles WholeFileReaderV2 TextLineReaderV2 TFRecordReaderV2 "
    "FixedLengthRecordReaderV2 TextLineDataset TFRecordDataset CacheDatasetV2 SaveDatasetV2 "
    "LoadDataset SnapshotDatasetV2 InitializeTableFromTextFileV2 ImmutableConst DecodeProtoV2 "
    "LoadAndRemapMatrix GenerateVocabRemapping PrintV2 Print DebugIdentityV3 WriteSummary "
    "CreateSummaryFileWriter PyFunc PyFuncStateless EagerPyFunc RemoteCall RpcCall "
    "DataServiceDatasetV4 LMDBReader Save SaveSlices Restore DeleteIterator CollectiveReduceV2 "
    "CustomOfAnybody"
).split()


def with_operation(folder: Path, operation: str, *, inside: bool) -> None:
    """Write the bundled model's graph with one more node, in the graph or in a function of it."""
    saved: Any = graphs._messages().FromString(
        (BUNDLED.folder(BUNDLED.resolve("mnist-z2")) / graphs.FILE).read_bytes()
    )
    graph = saved.meta_graphs[0].graph[0]
    nodes = graph.library[0].functions[0].nodes if inside else graph.nodes
    nodes.add(op=operation)
    (folder / graphs.FILE).write_bytes(saved.SerializeToString())


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("operation", REACHING)
def test_what_reaches_out_of_the_graph_is_refused(
    tmp_path: Path, operation: str, *, inside: bool
) -> None:
    """Files, connections, output and Python: each is named, wherever in the file it stands."""
    with_operation(tmp_path, operation, inside=inside)

    with pytest.raises(SignatureInvalid, match=operation):
        read_graph(tmp_path, BUNDLED.manifest(BUNDLED.resolve("mnist-z2")))


def test_the_bundled_models_are_arithmetic() -> None:
    """What ships with the project passes."""
    for model in BUNDLED.ids():
        assert read_graph(BUNDLED.folder(model), BUNDLED.manifest(model)).meta_graphs
