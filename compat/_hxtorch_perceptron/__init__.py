"""Names of the real system: functions of `hxtorch.perceptron`."""

from hxtorch.perceptron import (
    InferenceTracer,
    MockParameter,
    add,
    argmax,
    constants,
    conv1d,
    conv2d,
    converting_relu,
    expanded_conv1d,
    get_mock_parameter,
    inference_trace,
    mac,
    matmul,
    measure_mock_parameter,
    relu,
    set_mock_parameter,
)
