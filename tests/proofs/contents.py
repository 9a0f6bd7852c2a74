"""Contents that cases name: trees, vocabularies, boxes, codes, and formulas too long for a line of the table."""

import itertools

import numpy as np


def complete_trees(rng, trees, depth, features, weights, ragged=False):
    """Binary trees of one depth (ragged: a third of the inner nodes below the root are leaves instead), each leaf with
    `weights` weights: attributes of ai.onnx.ml's TreeEnsembleRegressor, and the tables that the reference kernel reads."""
    nodes, roots, leaves = [], [], []
    for tree in range(trees):
        roots.append(len(nodes))
        level = [len(nodes)]
        nodes.append({"tree": tree, "id": 0, "level": 0})
        count = 1
        while level:
            below = []
            for at in level:
                node = nodes[at]
                node["leaf"] = node["level"] == depth or (ragged and node["level"] > 0 and rng.integers(3) == 0)
                if node["leaf"]:
                    continue
                node["children"] = [len(nodes), len(nodes) + 1]
                for _ in range(2):
                    nodes.append({"tree": tree, "id": count, "level": node["level"] + 1})
                    count += 1
                below += node["children"]
            level = below
    for at, node in enumerate(nodes):
        if node["leaf"]:
            leaves.append(at)
    first = np.full(len(nodes), -1)
    first[leaves] = np.arange(len(leaves))*weights
    inner = [not node["leaf"] for node in nodes]
    children = [node.get("children", [-1, -1]) for node in nodes]
    votes = [(nodes[at]["tree"], nodes[at]["id"], target) for at in leaves for target in range(weights)]
    return {
        "nodes": nodes, "roots": roots, "leaves": leaves, "first": first, "trees": trees, "depth": depth,
        "treeids": [node["tree"] for node in nodes], "nodeids": [node["id"] for node in nodes],
        "modes": ["BRANCH_LEQ" if i else "LEAF" for i in inner],
        "features": [int(rng.integers(features)) if i else 0 for i in inner],
        "thresholds": [float(np.float32(rng.uniform(-0.5, 0.5))) if i else 0.0 for i in inner],
        "yes": [pair[0] for pair in children], "no": [pair[1] for pair in children], "kinds": [0 if i else 1 for i in inner],
        "true_ids": [nodes[pair[0]]["id"] if pair[0] >= 0 else 0 for pair in children],
        "false_ids": [nodes[pair[1]]["id"] if pair[1] >= 0 else 0 for pair in children],
        "vote_trees": [v[0] for v in votes], "vote_nodes": [v[1] for v in votes], "vote_targets": [v[2] for v in votes],
        "weights": [float(np.float32(w)) for w in rng.uniform(-1, 1, len(votes))],
    }


def separate_ensemble(trees, targets):
    """The same trees as version 5 of the operator numbers them: inner nodes and leaves apart. Leaves take targets in turns."""
    inner = [at for at, kind in enumerate(trees["kinds"]) if kind == 0]
    number = {at: i for i, at in enumerate(inner)}
    leaf = {at: i for i, at in enumerate(trees["leaves"])}

    def side(name):
        ends = [trees[name][at] for at in inner]
        return [number.get(end, leaf.get(end)) for end in ends], [int(end in leaf) for end in ends]

    yes, yes_leaf = side("yes")
    no, no_leaf = side("no")
    return {
        "tree_roots": [number[root] for root in trees["roots"]], "nodes_featureids": [trees["features"][at] for at in inner],
        "nodes_splits": np.array([trees["thresholds"][at] for at in inner], dtype=np.float32),
        "nodes_modes": np.zeros(len(inner), dtype=np.uint8), "nodes_truenodeids": yes, "nodes_trueleafs": yes_leaf,
        "nodes_falsenodeids": no, "nodes_falseleafs": no_leaf, "leaf_targetids": [i % targets for i in range(len(leaf))],
        "leaf_weights": np.array(trees["weights"][: len(leaf)], dtype=np.float32),
    }


def vocabulary(rng, symbols, longest, share=1.0):
    """n-grams of 1 to `longest` of `symbols` symbols (all of them, or a share): ONNX's pool and a tree of prefixes."""
    pool, starts, grams = [], [], []
    for length in range(1, longest + 1):
        starts.append(len(pool))
        for gram in itertools.product(range(symbols), repeat=length):
            if share == 1.0 or rng.uniform() < share or not grams:
                pool += gram
                grams.append(gram)
    tree, position = [[-1]*symbols], [-1]
    for number, gram in enumerate(grams):
        node = 0
        for item in gram:
            if tree[node][item] < 0:
                tree[node][item] = len(tree)
                tree.append([-1]*symbols)
                position.append(-1)
            node = tree[node][item]
        position[node] = number
    return {"pool": pool, "starts": starts, "count": len(grams), "next": np.array(tree), "grams": np.array(position)}


def dearest_boxes(images, count, most):
    """Boxes, best first, for which a suppression that stops at `most` boxes compares most: the first most - 1 are apart, the
    next lie on the last of these, and the last one is apart again."""
    corner = np.minimum(np.arange(count), max(most - 2, 0))*3.0
    corner[-1] = 3.0*count
    corner = corner if most > 1 else np.zeros(count)
    one = np.stack([corner, corner, corner + 2, corner + 2], 1)
    return np.broadcast_to(one, (images, count, 4))


def dearest_merge_order(count):
    """Contents whose merge sort compares most: at every merge both runs take turns (count is a power of two)."""
    order = np.arange(count)

    def split(values):
        return values if len(values) < 2 else np.concatenate([split(values[0::2]), split(values[1::2])])

    return split(order)


def float8_levels():
    """What the 256 codes of E4M3 (finite, with NaN) stand for."""
    codes = np.arange(256)
    sign, exponent, fraction = np.where(codes & 128, -1.0, 1.0), (codes >> 3) & 15, codes & 7
    levels = sign*np.where(exponent == 0, fraction/8*2.0**-6, (1 + fraction/8)*2.0**(exponent - 7.0))
    levels[[127, 255]] = np.nan
    return levels


def float4_levels():
    """What the 16 codes of E2M1 stand for."""
    positive = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
    return np.array(positive + [-level for level in positive])


def low_nibbles_first(codes):
    """Two codes of four bits from each byte, along the last axis."""
    return np.stack([codes & 15, codes >> 4], -1).reshape(*codes.shape[:-1], -1)


def bit_words(flags):
    """Flags packed into words of 32, the first one lowest."""
    packed = np.packbits(flags.ravel(), bitorder="little").tobytes()
    return np.frombuffer(packed.ljust(-(-len(packed)//4)*4, bytes(1)), dtype=np.uint32)


def q4_blob(rng, columns, blocks):
    """Random blocks of 32 codes, column by column: a float32 scale, then 16 bytes of two codes."""
    scales = rng.uniform(0.1, 1, (columns*blocks, 1)).astype(np.float32).view(np.uint8)
    return np.concatenate([scales, rng.integers(0, 256, (columns*blocks, 16), dtype=np.uint8)], 1).ravel()


def softmax(scores):
    """Along the last axis."""
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers/powers.sum(-1, keepdims=True)


def attend(Q, K, V, scale, hidden=None):
    """Attention of heads, [..., positions, size]; hidden: what is no key of a query."""
    scores = scale*(Q @ np.swapaxes(K, -1, -2))
    if hidden is not None:
        scores = np.where(hidden, -np.inf, scores)
    return softmax(scores) @ V


def packed_attention(Q, K, V, starts, heads, scale):
    """Attention within each of the sequences that lie one after another, [tokens, heads*size]."""
    split = [x.reshape(x.shape[0], heads, -1).swapaxes(0, 1) for x in (Q.astype(float), K.astype(float), V.astype(float))]
    results = []
    for first, end in zip(starts[:-1], starts[1:]):
        results.append(attend(*(x[:, first:end] for x in split), scale).swapaxes(0, 1).reshape(end - first, -1))
    return np.concatenate(results)


def grouped_attention(Q, K, V, heads, groups, scale):
    """Unidirectional attention of the last positions over cached heads [batch, groups, positions, size]."""
    batch, positions, _ = Q.shape
    queries = Q.astype(float).reshape(batch, positions, heads, -1).swapaxes(1, 2)
    keys, values = (np.repeat(x.astype(float), heads//groups, axis=1) for x in (K, V))
    seen = keys.shape[2]
    hidden = np.arange(seen)[None, :] > np.arange(positions)[:, None] + seen - positions
    return attend(queries, keys, values, scale, hidden).swapaxes(1, 2).reshape(batch, positions, -1)


def longformer(x, weight, bias, mask, global_weight, global_bias, flags, heads, window):
    """Tokens see the window around them and the global tokens; global tokens see all, by projections of their own."""
    batch, positions, hidden = x.shape

    def split(weights, shift):
        parts = np.split(x.astype(float) @ weights + shift, 3, axis=-1)
        return [part.reshape(batch, positions, heads, -1).swapaxes(1, 2) for part in parts]

    Q, K, V = split(weight, bias)
    scale = (hidden//heads)**-0.5
    near = np.abs(np.arange(positions)[:, None] - np.arange(positions)[None, :]) <= window
    chosen = flags.astype(bool)
    hides = ~(near[None, None] | chosen[:, None, None, :])
    added = mask[:, None, None, :]

    def result(queries, keys, values, unseen):
        scores = scale*(queries @ np.swapaxes(keys, -1, -2)) + added
        return softmax(np.where(unseen, -np.inf, scores)) @ values

    local = result(Q, K, V, hides)
    everywhere = result(*split(global_weight, global_bias), np.zeros((1, 1, 1, 1), dtype=bool))
    merged = np.where(chosen[:, None, :, None], everywhere, local)
    return merged.swapaxes(1, 2).reshape(batch, positions, hidden)


def relative_buckets(queries, keys, buckets, farthest, both):
    """T5's buckets of distances."""
    apart = np.arange(keys)[None, :] - np.arange(queries)[:, None]
    half = buckets//2 if both else buckets
    base = np.where(apart > 0, half, 0) if both else 0
    distance = np.abs(apart) if both else np.maximum(-apart, 0)
    exact = half//2
    grown = exact + np.floor(np.log(np.maximum(distance, 1)/exact)/np.log(farthest/exact)*(half - exact) + 1e-9)
    return (base + np.where(distance < exact, distance, np.minimum(grown, half - 1))).astype(int)


def varlen_conv(x, weight, bias, state, starts, dilation):
    """Causal depthwise convolution within each of the sequences, whose earlier inputs stand in the state; then SiLU."""
    results = []
    for number, (first, end) in enumerate(zip(starts[:-1], starts[1:])):
        line = np.concatenate([state[number].T, x[first:end]]).astype(float)
        taps = weight.shape[2]
        rows = sum(weight[:, 0, j]*line[j*dilation : j*dilation + end - first] for j in range(taps)) + bias
        results.append(rows/(1 + np.exp(-rows)))
    return np.concatenate(results)
