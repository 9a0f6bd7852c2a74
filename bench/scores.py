"""Scores of predictions against measurements."""
import math
import statistics

import numpy


def ranks(values: list[float]) -> numpy.ndarray:
    order = numpy.argsort(values, kind="stable")
    out = numpy.empty(len(values))
    out[order] = numpy.arange(len(values))
    for value in set(values):
        same = [i for i, v in enumerate(values) if v == value]
        out[same] = out[same].mean()
    return out


def spearman(a: list[float], b: list[float]) -> float:
    if len(a) < 3:
        return math.nan
    return float(numpy.corrcoef(ranks(a), ranks(b))[0, 1])


def scores(name: str, predicted: list[float], measured: list[float]) -> list[str]:
    errors = [abs(p / m - 1) for p, m in zip(predicted, measured)]
    within = [100 * sum(e <= limit for e in errors) / len(errors) for limit in (0.05, 0.10, 0.20)]
    return [name, f"{100 * statistics.mean(errors):.1f}", f"{100 * statistics.median(errors):.1f}",
            f"{100 * math.sqrt(statistics.mean(e * e for e in errors)):.1f}",
            *(f"{share:.0f}" for share in within), f"{spearman(predicted, measured):.3f}"]


def best_scale(work: list[float], measured: list[float]) -> float:
    """The constant with the least mean relative error: a weighted median."""
    pairs = sorted((m / w, w / m) for w, m in zip(work, measured) if w > 0)
    half = sum(weight for _, weight in pairs) / 2
    for ratio, weight in pairs:
        half -= weight
        if half <= 0:
            return ratio
    return pairs[-1][0]


def beside_noise(wanted: float, noise: float, limit: float | None) -> float:
    """What a predictor that just meets the bar would show through the machine's noise: two independent normal errors, of
    which the one has the wanted median (limit None; per cent) or share within the limit, the other the noise's own."""
    normal = statistics.NormalDist()
    if limit is None:
        return math.hypot(wanted, noise)

    def deviation(share: float) -> float:
        return limit / normal.inv_cdf((1 + min(share, 99.9) / 100) / 2)

    return 100 * (2 * normal.cdf(limit / math.hypot(deviation(wanted), deviation(noise))) - 1)
