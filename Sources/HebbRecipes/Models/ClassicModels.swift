import HebbCore
import HebbIO
import HebbVision

extension ModelTable {
  /// The first networks of every textbook.
  static let classic: [NamedModel] = [
    .layer("linear-regression", "input [batch, inputs] → output [batch, 1]") { call in
      let sizes = try call.sizes(of: "linear.weight", "1", "inputs")
      return (
        LinearRegression(inputs: sizes[1], seed: 0),
        try call.input("input", "batch", .size(sizes[1]))
      )
    },
    .layer("softmax-regression", "input [batch, inputs] → output [batch, classes]") { call in
      let sizes = try call.sizes(of: "linear.weight", "classes", "inputs")
      return (
        SoftmaxRegression(inputs: sizes[1], classes: sizes[0], seed: 0),
        try call.input("input", "batch", .size(sizes[1]))
      )
    },
    .layer("mlp", "input [batch, inputs] → output [batch, outputs]; ReLU between layers") { call in
      var sizes = [try call.sizes(of: "layers.0.weight", "units", "inputs")[1]]
      while call.weights["layers.\(sizes.count - 1).weight"] != nil {
        sizes.append(try call.sizes(of: "layers.\(sizes.count - 1).weight", "units", "inputs")[0])
      }
      return (MLP(sizes: sizes, seed: 0), try call.input("input", "batch", .size(sizes[0])))
    },
    .layer("lenet", "input [batch, 1, 28, 28] → output [batch, classes]") { call in
      let classes = try call.sizes(of: "fc3.weight", "classes", "84")[0]
      return (LeNet5(classes: classes, seed: 0), try call.input("input", "batch", 1, 28, 28))
    },
  ]
}
