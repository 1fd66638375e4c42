// `import Hebb` brings everything: the engine with its fast backend, layers, optimizers, data,
// models, training, charts and recipes.
@_exported import HebbCPU
@_exported import HebbCore
@_exported import HebbData
@_exported import HebbEnergy
@_exported import HebbGenerative
@_exported import HebbIO
@_exported import HebbNN
@_exported import HebbOptim
@_exported import HebbPlot
@_exported import HebbRecipes
@_exported import HebbText
@_exported import HebbTraining
@_exported import HebbVision
