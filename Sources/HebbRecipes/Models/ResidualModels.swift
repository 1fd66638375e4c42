import HebbCore
import HebbIO
import HebbVision

extension ModelTable {
  /// Residual networks: torchvision's by its names, those for small pictures by akamaster's. Channels,
  /// width, classes, stem and biases are those of the weights.
  static let residual: [NamedModel] =
    ResNet.Depth.allCases.map { depth in
      .layer(
        "resnet\(depth.rawValue)", "input [batch, 3, height, width] → output [batch, classes]"
      ) { call in
        let stem = try call.sizes(of: "conv1.weight", "width", "channels", "kernel", "kernel")
        guard stem[2] == 7 || stem[2] == 3 else {
          throw DataError(
            call.weightsName,
            "expected a first convolution of 7x7, or of 3x3 for small pictures, found \(stem[2])x"
              + "\(stem[3]); check that these are weights of the model \(call.model)")
        }
        let classes = try call.sizes(of: "fc.weight", "classes", "features")[0]
        let hasBias = call.weights["conv1.bias"] != nil
        let model = ResNet(
          depth, channels: stem[1], classes: classes,
          form: hasBias ? .diveIntoDeepLearning : .torchvision,
          stem: stem[2] == 7 ? .photographs : .smallPictures, width: stem[0], seed: 0)
        return (model, try call.input("input", "batch", .size(stem[1]), "height", "width"))
      }
    }
    + CIFARResNet.depths.map { depth in
      .layer(
        "resnet\(depth)", "input [batch, 3, 32, 32], normalized → output [batch, classes]"
      ) { call in
        let classes = try call.sizes(of: "linear.weight", "classes", "64")[0]
        return (
          CIFARResNet(depth: depth, classes: classes, seed: 0),
          try call.input("input", "batch", 3, "height", "width")
        )
      }
    }
}
