import Glibc

/// x to an integer power.
func power(_ x: Double, _ n: Int) -> Double { Glibc.pow(x, Double(n)) }

/// x to any power.
func power(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }
