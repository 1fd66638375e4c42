import Glibc

/// x to an integer power.
func power(_ x: Double, _ n: Int) -> Double { Glibc.pow(x, Double(n)) }
