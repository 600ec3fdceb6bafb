/// What this software calls itself in records.
public enum Version {
  /// Semantic version, without a leading v.
  public static let number = "0.1.0"
  /// As it stands in the database's `software` column.
  public static let software = "vigil \(number)"
}
