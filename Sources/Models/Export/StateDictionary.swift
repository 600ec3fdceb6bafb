import Networks

/// The names under which nnU-Net's `state_dict` holds a network's parameters, in its order: the decoder lists the encoder once more, and
/// every block its layers once more under `all_modules`.
///
/// Source: dynamic_network_architectures `UNetDecoder`, `ConvDropoutNormReLU`.
struct StateDictionary {
  /// A name, and the parameter that it stands for.
  struct Entry: Equatable {
    let name: String
    let own: String
  }

  /// All names.
  let entries: [Entry]

  /// Of a network with these parameters, in the order of ``UNetArchitecture/parameters(inputChannels:outputChannels:)``. With dropout a
  /// block's norm is its third layer, otherwise its second.
  init(_ parameters: [Parameter], hasDropout: Bool) {
    let norm = hasDropout ? "2" : "1"
    let names = parameters.map { $0.name }
    let encoder = Self.doubled(names.filter { $0.hasPrefix("encoder.") }, norm)
    let rest = Self.doubled(names.filter { !$0.hasPrefix("encoder.") }, norm)
    entries = encoder + encoder.map { Entry(name: "decoder." + $0.name, own: $0.own) } + rest
  }

  /// Behind the layers of each block the same ones under `all_modules`.
  private static func doubled(_ names: [String], _ norm: String) -> [Entry] {
    var entries: [Entry] = []
    var second: [Entry] = []
    var current: String?
    for name in names {
      let block = Block(name)
      if block?.name != current {
        entries += second
        second = []
        current = block?.name
      }
      entries.append(Entry(name: name, own: name))
      guard let block else { continue }
      let layer = block.isNorm ? norm : "0"
      second.append(Entry(name: "\(block.name).all_modules.\(layer).\(block.parameter)", own: name))
    }
    return entries + second
  }

  /// A parameter of a block of convolution and norm.
  private struct Block {
    let name: String
    let isNorm: Bool
    let parameter: String

    init?(_ parameter: String) {
      let parts = parameter.split(separator: ".")
      guard parts.count > 2, let last = parts.last, ["conv", "norm"].contains(parts[parts.count - 2]) else {
        return nil
      }
      name = parts.dropLast(2).joined(separator: ".")
      isNorm = parts[parts.count - 2] == "norm"
      self.parameter = String(last)
    }
  }
}
