import HebbOptim
import Testing
