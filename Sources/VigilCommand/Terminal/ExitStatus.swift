import ArgumentParser

extension ExitCode {
  /// At least one scan failed or was refused, or a verification found a difference.
  static let scanFailed = ExitCode(1)
  /// The agent itself cannot run (EX_UNAVAILABLE of sysexits.h).
  static let unavailable = ExitCode(69)
}

/// Runs `work`; an error becomes its sentence on standard error and exit status `code`, one of usage 64.
func orExit<Value>(_ code: ExitCode, _ work: () throws -> Value) throws -> Value {
  do {
    return try work()
  } catch let exit as ExitCode {
    throw exit
  } catch let usage as ValidationError {
    throw usage
  } catch {
    Printing.aside("vigil: \(error)")
    throw code
  }
}
