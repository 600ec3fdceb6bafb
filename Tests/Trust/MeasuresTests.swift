import Imaging
import Testing
import Trust

/// A scan that is brighter to the right, the front and above, each by another amount, with a little structure.
func ramp(_ shape: [Int] = [14, 16, 12], spacing: [Double] = [1, 1, 1], seed: Float = 0) -> Volume {
  // RAS: i to the right, j to the front, k up.
  let grid = Geometry(
    width: shape[2], height: shape[1], depth: shape[0], origin: .zero, iStep: SIMD3(-spacing[2], 0, 0),
    jStep: SIMD3(0, -spacing[1], 0), kStep: SIMD3(0, 0, spacing[0]))
  var voxels: [Float] = []
  for k in 0..<shape[0] {
    for j in 0..<shape[1] {
      for i in 0..<shape[2] {
        let bump = Float((i * 7 + j * 3 + k * 5) % 11) * 0.05
        voxels.append(Float(i) * 1 + Float(j) * 2 + Float(k) * 4 + bump + seed * Float(i * j % 5))
      }
    }
  }
  return Volume(geometry: grid, voxels: voxels)
}

@Suite struct MeasuresTests {
  @Test(arguments: [AxisCodes.lps, .ras, AxisCodes.all[17], AxisCodes.all[42]])
  func doNotDependOnHowTheScanIsStored(_ codes: AxisCodes) throws {
    let volume = ramp(spacing: [3, 2, 1])
    let (own, other) = (ScanMeasures(volume), ScanMeasures(volume.reoriented(to: codes)))
    #expect(own.spacing == [1, 2, 3] && other.spacing == own.spacing)
    #expect(own.extent == [12, 32, 42] && other.extent == own.extent)
    let (a, b) = (try #require(own.appearance), try #require(other.appearance))
    #expect(a.similarity(to: b) > 0.999)
  }

  @Test func tellWhichWayAScanWasMirrored() throws {
    let volume = ramp()
    let own = try #require(ScanMeasures(volume).appearance)
    var mirrored = volume
    let grid = volume.geometry
    for index in mirrored.voxels.indices {
      let (k, j, i) = (index / grid.width / grid.height, index / grid.width % grid.height, index % grid.width)
      mirrored.voxels[index] = volume.voxels[((grid.depth - 1 - k) * grid.height + j) * grid.width + i]
    }
    let found = try #require(ScanMeasures(mirrored).appearance)
    let gains = found.gains(towards: own)
    let best = try #require(gains.indices.max { gains[$0] < gains[$1] })
    #expect(Appearance.Turn.all[best].axes == [0, 1, 2])
    #expect(Appearance.Turn.all[best].flips == [false, false, true])
    #expect(Appearance.Turn.none.flips == [false, false, false] && gains[0] == 0)
  }

  @Test func ofABlankScanAndOfNoise() {
    var blank = ramp()
    for index in blank.voxels.indices { blank.voxels[index] = 7 }
    #expect(ScanMeasures(blank).appearance == nil && ScanMeasures(blank).roughness == nil)
    var (noise, state) = (ramp([30, 30, 30]), UInt64(1))
    for index in noise.voxels.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      noise.voxels[index] = Float(state >> 40)
    }
    // White noise has 1 by definition; 27,000 voxels tell it to a hundredth or two.
    #expect(abs((ScanMeasures(noise).roughness ?? 0) - 1) < 0.03)
    #expect((ScanMeasures(ramp()).roughness ?? 1) < 0.2)
    noise.voxels[5] = .nan
    #expect(ScanMeasures(noise).deviation.isFinite)
  }

  @Test func ofLabels() throws {
    let volume = ramp([4, 5, 6], spacing: [3, 2, 1])
    var labels = LabelMap(geometry: volume.geometry, voxels: [UInt16](repeating: 0, count: volume.geometry.count))
    // Two voxels at the right end, in front, below.
    labels.voxels[4 * 6 + 5] = 2
    labels.voxels[4 * 6 + 4] = 2
    let scan = ScanMeasures(volume)
    for codes in [AxisCodes.ras, .lps] {
      let found = LabelMeasures.all(in: labels.reoriented(to: codes), of: volume.reoriented(to: codes), scan)
      let label = try #require(found[2])
      #expect(label.volume == 0.012)
      #expect(label.contact == [0, 6, 0, 6, 4, 0], "\(codes)")
      #expect(zip(label.place, [5.0 / 6, 0.9, 0.125]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(codes) \(label.place)")
      #expect(zip(label.position, [5, 9, 1.5]).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(found.count == 1)
    }
  }
}
