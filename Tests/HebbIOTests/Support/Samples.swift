import CZlib
import HebbCore
import HebbIO

/// Sound files of every format, to be damaged.
enum Samples {
  static var idx: [[UInt8]] {
    let pixels = (0..<2 * 5 * 7).map { UInt8($0 * 3 % 256) }
    return [
      [0, 0, 0x08, 3] + bigEndian(UInt32(2)) + bigEndian(UInt32(5)) + bigEndian(UInt32(7)) + pixels,
      [0, 0, 0x08, 1] + bigEndian(UInt32(70)) + pixels,
      [0, 0, 0x09, 1] + bigEndian(UInt32(70)) + pixels,
      [0, 0, 0x0b, 1] + bigEndian(UInt32(35)) + pixels,
      [0, 0, 0x0d, 2] + bigEndian(UInt32(4)) + bigEndian(UInt32(4)) + pixels.prefix(64),
      [0, 0, 0x0e, 1] + bigEndian(UInt32(8)) + pixels.prefix(64),
    ]
  }

  static func safeTensors() throws -> [UInt8] {
    try SafeTensors.encode(
      [
        "weight": Tensor((0..<12).map { Float($0) }, shape: [3, 4]),
        "bias": Tensor([1.5, 2.5] as [Double]),
        "steps": Tensor([1, 2, 3] as [Int32]),
        "mask": Tensor([true, false, true]),
        "half": Tensor([BFloat16(1), BFloat16(2)]),
        "empty": Tensor([] as [Float], shape: [0, 3]),
      ], metadata: ["format": "hebb"])
  }

  static func npy() throws -> [[UInt8]] {
    [
      try NPY.encode(Tensor((0..<12).map { Float($0) }, shape: [3, 4])),
      try NPY.encode(Tensor([true, false])),
      try NPY.encode(Tensor([1, 2, 3, 4, 5, 6] as [Int], shape: [1, 2, 3])),
      // Fortran order.
      try NPY.encode(Tensor((0..<12).map { Float($0) }, shape: [3, 4])).replacing(
        Array("False".utf8), with: Array("True ".utf8)),
    ]
  }

  static func npz() throws -> [[UInt8]] {
    let arrays = [
      "a": Tensor((0..<12).map { Float($0) }, shape: [3, 4]), "b": Tensor([1, 2] as [Int64]),
    ]
    return [try NPZ.encode(arrays), try NPZ.encode(arrays, isCompressed: true)]
  }

  static func png() throws -> [[UInt8]] {
    let pixels = (0..<6 * 5 * 3).map { UInt8($0 * 7 % 256) }
    return [
      try PNG.encode(Tensor(pixels, shape: [6, 5, 3])),
      try PNG.encode(Tensor(pixels, shape: [9, 10])),
      PNGTests.palette, PNGTests.transparent, PNGTests.deep, PNGTests.bits,
    ]
  }

  static let csv = [
    "Id,Area,Zone,\"Note, with comma\"\n1,8450,RL,\n2,9600.5,NA,\"said \"\"yes\"\"\"\n"
      + "3,-1e3,RM,\"two\nlines\"\n",
    "a,b\r\n1,2\r\n3,?\r\n", "x y  z\n1 2 3\n4 5 6",
  ]

  static let json = """
    {"name": "lenet", "sizes": [1, 2.5, -3e2, 0], "text": "a\\u00e9\\ud83d\\ude00\\n\\"é😀", \
    "flags": {"on": true, "off": false, "none": null, "deep": [[[[]]], {"a": {}}]}}
    """

  /// An archive with one entry of these contents, whatever they are.
  static func archive(of contents: [UInt8], isDeflated: Bool) -> [UInt8] {
    // Gzip's envelope is 10 bytes before and 8 bytes after the deflated data.
    let data =
      isDeflated ? Array(Gzip.compress(contents, level: 1).dropFirst(10).dropLast(8)) : contents
    let method = littleEndian(UInt16(isDeflated ? 8 : 0))
    var common = littleEndian(UInt16(20)) + littleEndian(UInt16(0)) + method
    common += littleEndian(UInt32(0)) + littleEndian(UInt32(checksum(contents[...])))
    common += littleEndian(UInt32(data.count)) + littleEndian(UInt32(contents.count))
    common += littleEndian(UInt16(5)) + littleEndian(UInt16(0))
    let name = Array("a.npy".utf8)
    let entry = littleEndian(UInt32(0x0403_4b50)) + common + name + data
    var directory = littleEndian(UInt32(0x0201_4b50)) + littleEndian(UInt16(20)) + common
    directory += [UInt8](repeating: 0, count: 14) + name
    var end = littleEndian(UInt32(0x0605_4b50)) + littleEndian(UInt32(0))
    end += littleEndian(UInt16(1)) + littleEndian(UInt16(1))
    end += littleEndian(UInt32(directory.count)) + littleEndian(UInt32(entry.count))
    return entry + directory + end + littleEndian(UInt16(0))
  }

  /// The picture with the checksums that its chunks must have, as far as chunks can be made out.
  static func withRightChecksums(_ picture: [UInt8]) -> [UInt8] {
    var bytes = picture
    var position = 8
    while position + 12 <= bytes.count {
      let count = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = position + 8 + count
      guard end + 4 <= bytes.count else { break }
      bytes.replaceSubrange(end..<end + 4, with: bigEndian(checksum(bytes[position + 4..<end])))
      position = end + 4
    }
    return bytes
  }

  /// The zip archive with the checksums that its stored entries have, as far as they can be found.
  static func withRightEntryChecksums(_ archive: [UInt8]) -> [UInt8] {
    var bytes = archive
    func number(_ place: Int, _ count: Int) -> Int {
      bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let signature = littleEndian(UInt32(0x0201_4b50))
    var position = 0
    while let found = bytes[position...].firstRange(of: signature)?.lowerBound,
      found + 46 <= bytes.count
    {
      position = found + 46
      let (size, header) = (number(found + 24, 4), number(found + 42, 4))
      guard header + 30 <= bytes.count else { continue }
      let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
      guard start <= bytes.count, size <= bytes.count - start else { continue }
      let right = littleEndian(checksum(bytes[start..<start + size]))
      bytes.replaceSubrange(found + 16..<found + 20, with: right)
    }
    return bytes
  }

  /// CRC-32.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
  }
}
