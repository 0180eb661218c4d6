"""The graph operations that an exported model may contain."""

from typing import Final

# What a decoder and an encoder are made of. Everything else is refused: operations that read and
# write files, print, open connections or call Python are many, and each TensorFlow brings more.
ARITHMETIC: Final = frozenset(
    "Abs Add AddN AddV2 All Any ArgMax ArgMin AvgPool BatchMatMulV2 BatchMatMulV3 BiasAdd "
    "BroadcastArgs BroadcastTo Cast Ceil ClipByValue Concat ConcatV2 Const Conv2D "
    "Conv2DBackpropInput Cos DepthToSpace DepthwiseConv2dNative Div DivNoNan Einsum Elu Equal "
    "Erf Erfc Exp ExpandDims Expm1 Fill Floor FloorDiv FloorMod FusedBatchNormV3 GatherNd "
    "GatherV2 Greater GreaterEqual GuaranteeConst Identity IdentityN IsFinite IsInf IsNan "
    "LeakyRelu Less LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr MatMul Max MaxPool "
    "Maximum Mean Min Minimum MirrorPad Mul MulNoNan Neg NoOp NotEqual OneHot OnesLike Pack Pad "
    "PadV2 Placeholder PlaceholderWithDefault Pow PreventGradient Prod Range Rank RealDiv "
    "Reciprocal Relu Relu6 Reshape ResizeBilinear ResizeNearestNeighbor Round Rsqrt Select "
    "SelectV2 Selu Shape ShapeN Sigmoid Sign Sin Size Slice Softmax Softplus Softsign "
    "SpaceToDepth Split SplitV Sqrt Square SquaredDifference Squeeze StopGradient StridedSlice "
    "Sub Sum Tan Tanh Tile Transpose Unpack Where ZerosLike".split()
)
# What the format itself needs: variables, calls of functions, and the checkpoint that is read.
FORMAT: Final = frozenset(
    "AssignVariableOp DisableCopyOnRead MergeV2Checkpoints PartitionedCall ReadVariableOp "
    "RestoreV2 SaveV2 ShardedFilename StatefulPartitionedCall StaticRegexFullMatch StringJoin "
    "VarHandleOp VarIsInitializedOp".split()
)
