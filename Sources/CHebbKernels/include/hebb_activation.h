// What follows a product or a convolution before its result is stored.
#ifndef HEBB_ACTIVATION_H
#define HEBB_ACTIVATION_H

typedef enum {
  HEBB_ACTIVATION_NONE = 0,
  HEBB_ACTIVATION_RELU,
  HEBB_ACTIVATION_SIGMOID,
  HEBB_ACTIVATION_TANH
} hebb_activation;

#endif
