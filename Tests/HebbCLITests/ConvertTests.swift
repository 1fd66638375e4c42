import HebbCore
import HebbIO
import HebbTestSupport
import Testing

@Suite(.enabled(if: Tool.path != nil, Tool.absence), .serialized) struct ConvertTests {
  let folder = TemporaryFolder()

  private var goldens: String {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(2).joined(separator: "/") + "/Goldens"
  }

  @Test func betweenTheFormats() throws {
    let weights = [
      "module.a": Tensor([1, 2.5, -3, 0] as [Float], shape: [2, 2]),
      "module.n": Tensor([7] as [Int64]),
    ]
    try SafeTensors.write(weights, to: folder.file("a.safetensors"))
    let first = try Tool.run(["convert", "a.safetensors", "b.npz"], in: folder)
    #expect(first.status == 0, "\(first.errors)")
    #expect(
      first.output == """
        module.a  float32[2, 2]
        module.n  int64[1]
        2 tensors, 5 elements: b.npz

        """)
    let back = try Tool.run(
      ["convert", "b.npz", "c.safetensors", "--rename", "module.=", "--dtype", "bfloat16"],
      in: folder)
    #expect(back.status == 0, "\(back.errors)")
    let read = try SafeTensors(path: folder.file("c.safetensors")).tensors()
    #expect(read.keys.sorted() == ["a", "n"])
    #expect(read["a"]?.type == TensorType([2, 2], .bfloat16))
    #expect(read["a"]?.doubles() == [1, 2.5, -3, 0] && read["n"]?.integers() == [7])
    try SafeTensors.write(["a": Tensor([1, 2])], to: folder.file("one.safetensors"))
    #expect(try Tool.run(["convert", "one.safetensors", "one.npy"], in: folder).status == 0)
    #expect(try NPY.read(folder.file("one.npy")).doubles() == [1, 2])
  }

  @Test func readsCheckpointsOfPyTorch() throws {
    let path = goldens + "/checkpoints/legacy.pt"
    let result = try Tool.run(["convert", path, "w.safetensors"], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    let read = try SafeTensors(path: folder.file("w.safetensors")).tensors()
    let original = try PyTorchCheckpoint(path: path).tensors()
    #expect(read.keys.sorted() == original.keys.sorted())
    for (name, tensor) in original {
      #expect(read[name]?.type == tensor.type)
      #expect(read[name]?.withBytes(Array.init) == tensor.withBytes(Array.init), "\(name)")
    }
  }

  @Test func errorsAreSentences() throws {
    try SafeTensors.write(
      ["a": Tensor([1]), "b": Tensor([2])], to: folder.file("a.safetensors"))
    try SafeTensors.write(
      ["h": Tensor([BFloat16(1)])], to: folder.file("half.safetensors"))
    folder.write([1, 2, 3], "odd.npz")
    let attack = goldens + "/checkpoints/refused_attack.pt"
    for (arguments, part) in [
      (["a.safetensors", "a.safetensors"], "found the same"),
      (["a.safetensors", "./a.safetensors"], "found the same"),
      (["a.safetensors", "b.pt"], ".safetensors, .npz or .npy"),
      (["a.safetensors", "b.npy"], "expected one tensor"),
      (["nowhere.npz", "b.npz"], "does not exist"), (["odd.npz", "b.npz"], "none of them"),
      (["half.safetensors", "b.npz"], "cast it to float32"),
      (["a.safetensors", "b.npz", "--rename", "a=b"], "twice after renaming"),
      ([attack, "b.npz"], "posix.system"),
    ] {
      let result = try Tool.run(["convert"] + arguments, in: folder)
      #expect(result.status == 1 && !result.wasKilled, "\(arguments): \(result.errors)")
      #expect(result.sentence?.contains(part) == true, "\(arguments): \(result.errors)")
    }
    #expect(!folder.names.contains("b.npz") && !folder.names.contains("b.pt"))
    for arguments in [["--rename", "a"], ["--dtype", "int64"]] {
      let result = try Tool.run(["convert", "a.safetensors", "b.npz"] + arguments, in: folder)
      #expect(result.status == 64)
    }
  }
}
