"""Why another counter's number differs from costscan's: an expression that yields the peer's number, and the reason in
words. `flops`, `macs` and `transcendentals` are costscan's numbers of the case.

Numbers from the peers' sources: onnx_tool 1.0.1 counts "MACs" in machine instructions (an addition, multiplication or
comparison 1, a division 4, a square root 24, an exponential or power 32, a logarithm 43, tanh 38).
"""

# A count of 0 for an operator that costs something.
UNCOUNTED = {
    "torch": "its counter knows matrix products, convolutions and attention only",
    "thop": "it takes this module for free",
}

_BIAS = "adds the bias as one multiply-accumulate per result, where costscan counts one FLOP"
_PRODUCTS = "counts the products only, no bias and no activation"
_INSTRUCTIONS = "counts machine instructions: {} for what costscan counts as one FLOP"

REASONS = {
    ("Gemm with bias", "onnx_tool"): ("macs + 32*512", _BIAS),
    ("Gemm with bias", "torch"): ("2*macs", _PRODUCTS),
    ("Conv 3x3 with bias", "onnx_tool"): ("macs + 128*56*56", _BIAS),
    ("Conv 3x3 with bias", "torch"): ("2*macs", _PRODUCTS),
    ("Attention of 8 heads, 64 queries, 80 keys", "torch"): (
        "flops - 6*2*8*64*80", "leaves out the scale (1) and the softmax (5) of each score"),
    ("ConvTranspose 4x4 with stride 2", "onnx_tool"): (
        "(32*56*56)*(32*4*4)", "multiplies the output by the kernel's output channels, 32, instead of the 64 input channels, "
        "at every position of the output; each input position meets every tap once: (64*28*28)*(32*4*4)"),
    ("ConvTranspose 4x4 with stride 2", "thop"): (
        "4*macs", "counts all 16 taps at every position of the output; at stride 2 only every fourth of them meets an input"),
    ("LSTM of 32 steps, batch 4, 64 to 128", "onnx_tool"): (
        "macs + 32*4*1024 + 32*4*128*(4 + 3*32 + 2*38 + 4)",
        "adds biases (8*128), gate sums (4), three exponentials (32), two tanh (38) and the cell (4) in instructions"),
    ("LSTM of 32 steps, batch 4, 64 to 128", "torch"): ("0", "does not know the one fused operator as which torch runs it"),
    ("LSTM of 32 steps, batch 4, 64 to 128", "thop"): (
        "macs + 32*4*(4*3*128 + 4*128)", "adds three operations per gate (sum and two biases) and four per cell, as if each were a "
        "multiply-accumulate, and takes activations for free"),
    ("GRU of 32 steps, batch 4, 64 to 128", "torch"): ("2*macs", _PRODUCTS),
    ("GRU of 32 steps, batch 4, 64 to 128", "thop"): (
        "macs + 32*4*(3*3*128 + 4*128)", "adds three operations per gate, one for the reset and three for the blend, as if each were a "
        "multiply-accumulate, and takes activations for free"),
    ("RNN of 32 steps, batch 4, 64 to 128", "torch"): ("2*macs", _PRODUCTS),
    ("RNN of 32 steps, batch 4, 64 to 128", "thop"): (
        "macs + 32*4*3*128", "adds the sum and two biases per unit as multiply-accumulates, and takes tanh for free"),
    ("Div 8x64x28x28", "onnx_tool"): ("4*flops", _INSTRUCTIONS.format("4")),
    ("Pow 8x64x28x28", "onnx_tool"): ("32*flops", _INSTRUCTIONS.format("32")),
    ("Exp 8x64x28x28", "onnx_tool"): ("32*flops", _INSTRUCTIONS.format("32")),
    ("Log 8x64x28x28", "onnx_tool"): ("43*flops", _INSTRUCTIONS.format("43")),
    ("Sqrt 8x64x28x28", "onnx_tool"): ("24*flops", _INSTRUCTIONS.format("24")),
    ("Tanh 8x64x28x28", "onnx_tool"): ("2*38*flops", "counts 38 instructions, and each element twice"),
    ("Erf 8x64x28x28", "onnx_tool"): ("0", "has no rule for Erf"),
    ("Sigmoid 8x64x28x28", "onnx_tool"): (
        "32*transcendentals", "counts the exponential's 32 instructions; costscan negate, exp, add and divide: 4 per element"),
    ("Gelu 8x64x28x28", "onnx_tool"): (
        "(32 + 2)*transcendentals", "counts an exponential and two products; costscan scale, erf, add, product and halving: 5 per element"),
    ("Elu 8x64x28x28", "onnx_tool"): (
        "(1 + 32 + 1 + 1)*transcendentals", "counts comparison, exponential (32 instructions), addition and product; costscan the same four as one each"),
    ("Softmax of rows of 256", "onnx_tool"): (
        "(32 + 4)*transcendentals", "counts an exponential and a division in instructions; costscan max, subtract, exp, add and divide: 5 per element"),
    ("Softmax of rows of 256", "thop"): (
        "512*(3*256 - 1)", "counts exp, add and divide of each row, without the maximum and its subtraction, one addition less per row"),
    ("LogSoftmax of rows of 256", "onnx_tool"): (
        "(32 + 4 + 1 + 43)*131072", "counts exponential, division, addition and logarithm per element; costscan takes one logarithm per row: 5 per element and 1 per row"),
    ("LayerNormalization of rows of 256", "onnx_tool"): (
        "7*131072 + 512*(1 + 24 + 4)", "counts 7 per element and epsilon, root and division per row in instructions; costscan 8 per element "
        "(variance in two passes: 4, normalise: 2, scale and shift: 2) and 2 per row"),
    ("LayerNormalization of rows of 256", "thop"): (
        "4*131072", "counts 2 per element, doubled for scale and shift: statistics are taken for free"),
    ("BatchNormalization of 64 channels", "onnx_tool"): (
        "(1 + 24 + 4 + 1 + 1)*200704", "takes root and division anew for every element; costscan folds them once per channel: 2 per element and 5 per channel"),
    ("BatchNormalization of 64 channels", "thop"): (
        "4*200704", "counts 2 per element, doubled for scale and shift; folded into one factor and one summand per channel these are 2"),
    ("InstanceNormalization of 64 channels", "onnx_tool"): (
        "(1 + 1 + 1 + 4)*200704", "counts two additions, a product and a division per element, and takes the statistics for free"),
    ("InstanceNormalization of 64 channels", "thop"): (
        "4*200704", "counts 2 per element, doubled for scale and shift: statistics are taken for free"),
    ("AveragePool 2x2", "onnx_tool"): ("4*64*28*28", "counts the additions of the four taps without the division of each result"),
    ("AveragePool 2x2", "thop"): ("64*28*28", "counts one operation per result, however large the window"),
    ("GlobalAveragePool", "onnx_tool"): ("200704 + 4*64", "counts the division of each result as 4 instructions"),
    ("ReduceMean over the last axis", "onnx_tool"): ("131072", "leaves out the division of each of the 512 results"),
    ("Resize nearest, twice the size", "thop"): ("64*112*112", "counts one operation per result; choosing the nearest element computes nothing"),
    ("Resize linear, twice the size", "onnx_tool"): ("4*64*112*112", "counts the four taps of each result as multiply-accumulates; costscan 2 FLOPs each"),
    ("Resize linear, twice the size", "thop"): ("11*64*112*112", "counts 11 per result, the weights computed anew each time; costscan four multiply-accumulates"),
}  # fmt: skip
