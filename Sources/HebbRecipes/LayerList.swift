extension Catalog {
  /// Layers, by name.
  static let layers: [Entry] = [
    Entry("AvgPool2d", "the mean over windows"),
    Entry("BatchNorm", "normalization over the batch, with running statistics"),
    Entry("Conv2d", "two-dimensional convolution, with groups and dilation"),
    Entry("Dropout", "leaves out elements at random in training"),
    Entry("ELU", "exponential linear unit"),
    Entry("Embedding", "one vector for each symbol"),
    Entry("Flatten", "joins axes into one"),
    Entry("GELU", "Gaussian error linear unit"),
    Entry("GRUCell", "a step of a gated recurrent unit"),
    Entry("GlobalAvgPool2d", "the mean over whole planes"),
    Entry("LSTMCell", "a step of a long short-term memory"),
    Entry("LayerNorm", "normalization over features"),
    Entry("LeakyReLU", "rectifier with a small slope below zero"),
    Entry("Linear", "fully connected"),
    Entry("LogSoftmax", "the logarithm of softmax, without overflow"),
    Entry("MaxPool2d", "the maximum over windows"),
    Entry("ReLU", "rectifier"),
    Entry("Sequential", "one layer after the other"),
    Entry("SiLU", "x times its sigmoid"),
    Entry("Sigmoid", "logistic function"),
    Entry("Softmax", "probabilities from logits"),
    Entry("Softplus", "smooth rectifier"),
    Entry("Tanh", "hyperbolic tangent"),
  ]
}
