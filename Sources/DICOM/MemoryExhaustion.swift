internal import CDCMTK

/// What becomes of a process that gets no memory for DCMTK, OpenJPEG's door and all else that is C++.
public enum MemoryExhaustion {
  /// From now on it ends, with exit status 69 and a sentence, instead of taking it for an error of the file at hand.
  public static func endsProcess() { vigil_end_without_memory(69) }
}
