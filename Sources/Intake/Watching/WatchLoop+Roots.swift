import Glibc

/// Inboxes that go and come back.
extension WatchLoop {
  /// Compares what is at the inbox's path with what is being watched. A rename of a folder above the inbox, or a file
  /// system mounted over it, shows only here.
  func lookAtRoot(_ inbox: Inbox) {
    let present = FolderIdentity(inbox.path)
    if let watched = roots[inbox], watched != present {
      lose(inbox, present == nil ? .moved : .replaced)
    }
    guard library != nil, roots[inbox] == nil, present != nil else { return }
    do throws(WatchError) {
      try watchRoot(inbox)
      mailbox.post(.rootFound(inbox))
      mailbox.post(.rescanNeeded(inbox, .rootFound))
    } catch {
      forgetWatches(of: inbox)
    }
  }

  /// Stops watching an inbox that is no longer at its path.
  func lose(_ inbox: Inbox, _ loss: FileEvent.RootLoss) {
    forgetWatches(of: inbox)
    mailbox.post(.rootLost(inbox, loss))
  }

  private func forgetWatches(of inbox: Inbox) {
    table.removeTree(inbox.path)
    roots[inbox] = nil
  }
}
