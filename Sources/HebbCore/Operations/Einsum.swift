/// Sums of products over named axes, parsed once: `Einsum("bij,bjk->bik")`.
///
/// Each letter names an axis, in all operands of one size (or 1, which broadcasts). An axis that the
/// result does not name is summed over; a letter twice in one operand takes the diagonal; `...` stands
/// for any further axes, which broadcast. Without `->` the result has the letters that occur once, in
/// alphabetical order, after the axes of `...`. Spaces do not matter.
///
/// Operands are contracted from the left to the right, each time by one batched matrix product, so
/// that their order decides the cost.
///
/// - SeeAlso: NumPy's and PyTorch's `einsum`.
public struct Einsum: Sendable {
  /// The equation.
  public let equation: String

  private let operands: [[Label]]
  private let result: [Label]?

  /// A letter, or the place of `...`.
  private enum Label: Hashable {
    case axis(Character)
    case ellipsis
    /// An axis of `...`, counted from the innermost.
    case further(Int)
  }

  /// Reads an equation.
  ///
  /// - Throws: `TensorError` that names what is wrong with it.
  public init(_ equation: String) throws(TensorError) {
    self.equation = equation
    let text = equation.filter { !$0.isWhitespace }
    var (left, right) = (Substring(text), Substring?.none)
    if let arrow = text.firstIndex(of: ">") {
      let dash = arrow == text.startIndex ? arrow : text.index(before: arrow)
      guard text[dash] == "-" else {
        throw TensorError("einsum: \"\(equation)\" has a > without a - before it")
      }
      left = text[..<dash]
      right = text[text.index(after: arrow)...]
    }
    var operands: [[Label]] = []
    for part in left.split(separator: ",", omittingEmptySubsequences: false) {
      operands.append(try Self.labels(part, of: equation))
    }
    self.operands = operands
    result = try right.map { part throws(TensorError) in try Self.labels(part, of: equation) }
    guard let result else { return }
    let known = Set(operands.joined())
    for (place, label) in result.enumerated() {
      if case .axis(let letter) = label, !known.contains(label) {
        throw TensorError(
          "einsum: \"\(equation)\": no operand has the axis \(letter) of the result")
      }
      guard !result[..<place].contains(label) else {
        throw TensorError("einsum: \"\(equation)\": the result names an axis twice")
      }
    }
  }

  private static func labels(
    _ text: Substring, of equation: String
  ) throws(TensorError) -> [Label] {
    var labels: [Label] = []
    var rest = text
    while let letter = rest.first {
      if rest.hasPrefix("...") {
        guard !labels.contains(.ellipsis) else {
          throw TensorError("einsum: \"\(equation)\" has ... twice in one term")
        }
        labels.append(.ellipsis)
        rest = rest.dropFirst(3)
        continue
      }
      guard letter.isASCII, letter.isLetter else {
        throw TensorError(
          "einsum: \"\(equation)\": axes are letters, \(letter) is not; expected is a form such as "
            + "\"bij,bjk->bik\"")
      }
      labels.append(.axis(letter))
      rest = rest.dropFirst()
    }
    return labels
  }

  /// The sum of products of these tensors, one for each term of the equation.
  public func callAsFunction(_ tensors: Tensor...) -> Tensor { callAsFunction(tensors) }

  /// The sum of products of these tensors, one for each term of the equation.
  public func callAsFunction(_ tensors: [Tensor]) -> Tensor {
    do throws(TensorError) {
      return try contract(tensors)
    } catch { trap(error) }
  }

  /// The sum of products, or the sentence why the tensors do not fit.
  package func contract(_ tensors: [Tensor]) throws(TensorError) -> Tensor {
    guard tensors.count == operands.count else {
      throw TensorError(
        "einsum: \"\(equation)\" has \(operands.count) operands, given are \(tensors.count)")
    }
    var terms: [Term] = []
    var sizes: [Label: Int] = [:]
    for (labels, tensor) in zip(operands, tensors) {
      let term = try term(labels, tensor)
      for (label, size) in zip(term.labels, term.tensor.shape) where size != 1 {
        guard let other = sizes[label], other != size else {
          sizes[label] = size
          continue
        }
        let shapes = tensors.map(\.shape.description).joined(separator: ", ")
        throw TensorError(
          "einsum: \"\(equation)\": \(name(of: label)) has sizes \(other) and \(size) in \(shapes)")
      }
      terms.append(term)
    }
    let wanted = resultLabels(terms)
    var total = terms[0].reduced(to: Set(wanted + terms.dropFirst().flatMap(\.labels)), sizes)
    for position in 1..<max(terms.count, 1) {
      let later = terms[(position + 1)...].flatMap(\.labels)
      let kept = Set(wanted + later)
      let next = terms[position].reduced(to: kept.union(total.labels), sizes)
      total = total.contracted(with: next, keeping: kept)
    }
    return total.arranged(wanted, sizes)
  }

  private func name(of label: Label) -> String {
    if case .axis(let letter) = label { return "axis \(letter)" }
    return "an axis of ..."
  }

  /// The axes of the result: those asked for, or the letters that occur once.
  private func resultLabels(_ terms: [Term]) -> [Label] {
    let most = terms.flatMap(\.labels).reduce(0) { most, label in
      if case .further(let place) = label { return Swift.max(most, place + 1) }
      return most
    }
    let further = (0..<most).reversed().map { Label.further($0) }
    if let result { return result.flatMap { $0 == .ellipsis ? further : [$0] } }
    var letters: [Character: Int] = [:]
    for case .axis(let letter) in operands.joined() { letters[letter, default: 0] += 1 }
    let once = letters.filter { $0.value == 1 }.keys.sorted()
    return further + once.map { .axis($0) }
  }

  /// A tensor with a label for each axis, no label twice.
  private func term(_ labels: [Label], _ tensor: Tensor) throws(TensorError) -> Term {
    let named = labels.count { $0 != .ellipsis }
    let further = tensor.rank - named
    let hasEllipsis = labels.contains(.ellipsis)
    guard hasEllipsis ? further >= 0 : further == 0 else {
      throw TensorError(
        "einsum: \"\(equation)\" names \(named) axes of an operand of shape \(tensor.shape)")
    }
    var all = labels.flatMap { label -> [Label] in
      label == .ellipsis ? (0..<further).reversed().map { .further($0) } : [label]
    }
    var tensor = tensor
    while let (first, second) = Self.repetition(all) {
      guard tensor.shape[first] == tensor.shape[second] else {
        throw TensorError(
          "einsum: \"\(equation)\": the diagonal of \(tensor.shape) needs axes of one size, "
            + "\(name(of: all[first])) has \(tensor.shape[first]) and \(tensor.shape[second])")
      }
      tensor = Self.diagonal(of: tensor, first, second)
      let label = all[first]
      all.remove(at: second)
      all.remove(at: first)
      all.append(label)
    }
    return Term(tensor: tensor, labels: all)
  }

  private static func repetition(_ labels: [Label]) -> (Int, Int)? {
    for (second, label) in labels.enumerated() {
      if let first = labels[..<second].firstIndex(of: label) { return (first, second) }
    }
    return nil
  }

  /// The elements with equal indices on two axes, along a new innermost axis.
  private static func diagonal(of x: Tensor, _ first: Int, _ second: Int) -> Tensor {
    let others = (0..<x.rank).filter { $0 != first && $0 != second }
    let size = x.shape[first]
    let outer = others.map { x.shape[$0] }
    let flat = x.permuted(others + [first, second]).reshaped(to: Shape(outer + [size * size]))
    let slice = Slice(
      starts: Array(repeating: 0, count: outer.count + 1), sizes: Shape(outer + [size]),
      steps: Array(repeating: 1, count: outer.count) + [size + 1])
    return record(slice, flat)
  }

  private struct Term {
    var tensor: Tensor
    var labels: [Label]

    /// Without axes of size 1 that broadcast, summed over the axes that nobody else wants.
    func reduced(to kept: Set<Label>, _ sizes: [Label: Int]) -> Term {
      let single = labels.indices.filter { tensor.shape[$0] == 1 && sizes[labels[$0]] != nil }
      let remaining = labels.indices.filter { !single.contains($0) }
      var result = Term(
        tensor: tensor.reshaped(to: Shape(remaining.map { tensor.shape[$0] })),
        labels: remaining.map { labels[$0] })
      // An axis that is 1 here and n elsewhere is summed elsewhere.
      let gone = result.labels.indices.filter { !kept.contains(result.labels[$0]) }
      if !gone.isEmpty {
        result.tensor = result.tensor.sum(axes: gone)
        result.labels = result.labels.filter(kept.contains)
      }
      return result
    }

    /// The product with another term, summed over the axes that are not kept.
    func contracted(with other: Term, keeping kept: Set<Label>) -> Term {
      let shared = labels.filter(other.labels.contains)
      let batch = shared.filter(kept.contains)
      let gone = shared.filter { !kept.contains($0) }
      // Axes of one side that nobody wants after this product.
      let left = labels.filter { !shared.contains($0) }
      let right = other.labels.filter { !shared.contains($0) }
      let count = { (names: [Label], term: Term) in
        names.reduce(1) { $0 * term.tensor.shape[term.labels.firstIndex(of: $1) ?? 0] }
      }
      let (b, m, n, k) = (
        count(batch, self), count(left, self), count(right, other), count(gone, self)
      )
      let a = permuted(batch + left + gone).reshaped(to: Shape([b, m, k]))
      let c: Tensor
      if gone.isEmpty {
        let d = other.permuted(batch + right).reshaped(to: Shape([b, 1, n]))
        c = a * d
      } else if tensor.dtype.isFloatingPoint {
        let d = other.permuted(batch + gone + right).reshaped(to: Shape([b, k, n]))
        c =
          b == 1
          ? matmul(a.reshaped(to: [m, k] as Shape), d.reshaped(to: [k, n] as Shape))
          : matmul(a, d)
      } else {
        // Integers have no matrix product of their own.
        let d = other.permuted(batch + right + gone).reshaped(to: Shape([b, 1, n, k]))
        c = (a.reshaped(to: Shape([b, m, 1, k])) * d).sum(axes: [3])
      }
      let sizes =
        (batch + left).map { tensor.shape[labels.firstIndex(of: $0) ?? 0] }
        + right.map { other.tensor.shape[other.labels.firstIndex(of: $0) ?? 0] }
      let product = Term(
        tensor: c.reshaped(to: Shape(sizes)), labels: batch + left + right)
      return product.reduced(to: kept, [:])
    }

    private func permuted(_ order: [Label]) -> Tensor {
      tensor.permuted(order.map { labels.firstIndex(of: $0) ?? 0 })
    }

    /// The axes in the order of the result; those that only had size 1 come back.
    func arranged(_ wanted: [Label], _ sizes: [Label: Int]) -> Tensor {
      let present = wanted.filter(labels.contains)
      let ordered = permuted(present)
      return ordered.reshaped(
        to: Shape(
          wanted.map { label in labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1 }))
    }
  }
}

/// Sums of products over named axes, as in `einsum("bij,bjk->bik", a, b)`; see `Einsum`, which reads an
/// equation once for many uses.
public func einsum(_ equation: String, _ tensors: Tensor...) -> Tensor {
  do throws(TensorError) {
    return try Einsum(equation).contract(tensors)
  } catch { trap(error) }
}
