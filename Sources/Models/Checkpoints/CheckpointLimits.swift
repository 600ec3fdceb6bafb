/// Budgets that are checked before memory is taken, so that a hostile file costs a sentence and not the machine.
public struct CheckpointLimits: Sendable, Hashable {
  /// Entries of the zip container. A planner's largest network has a few thousand storages.
  public var entries = 1 << 17
  /// Bytes of the zip's central directory, of the pickle, and of a safetensors header, each.
  public var headerBytes = 64 << 20
  /// Instructions of the pickle. nnU-Net's own checkpoints have about 50,000.
  public var instructions = 16 << 20
  /// Values on the pickle machine's stack, and values in its memo, each.
  public var stackDepth = 4 << 20
  /// Open marks of the pickle machine, which is how deep its containers nest while they are built.
  public var nesting = 256
  /// Axes of one tensor.
  public var axes = 8
  /// Bytes of all tensors that one load may bring into memory.
  public var tensorBytes = 8 << 30

  /// The defaults, generous for anything nnU-Net writes.
  public init() {}
}
