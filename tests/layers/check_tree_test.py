"""That the check of the tree can fail: each rule on a text that breaks it and on one that does not."""

import unittest

import check_tree

LAYERS = """
costscan_layer(model)
costscan_layer(load USES model PRIVATE fmt::fmt)
costscan_layer(costs USES model data)
costscan_layer(measure USES load
               PRIVATE fmt::fmt)
"""
ROOT_PATH = "/" + "root" + "/x"


class CheckTree(unittest.TestCase):
    uses = check_tree.allowed_uses(LAYERS)

    def problems(self, path, text):
        return check_tree.problems_of(path, text, self.uses)

    def test_uses_are_read_and_closed_over(self):
        self.assertEqual(self.uses["measure"], {"measure", "load", "model"})
        self.assertEqual(self.uses["costs"], {"costs", "model", "embedded"})

    def test_includes(self):
        cases = [
            ("analyzer/load/a.cpp", '#include "model/graph.hpp"\n#include <vector>\n', 0),
            ("analyzer/load/a.cpp", '#include "costs/cost_library.hpp"\n', 1),
            ("analyzer/model/a.hpp", '  #  include "load/load.hpp"\n', 1),
            ("analyzer/costs/a.cpp", '#include "embedded/costmodels.hpp"\n', 0),
            ("analyzer/load/a.cpp", '#include "embedded/costmodels.hpp"\n', 1),
            ("analyzer/load/a.cpp", '#include "pipeline.hpp"\n', 1),
            ("analyzer/pipeline.cpp", '#include "load/load.hpp"\n#include "pipeline.hpp"\n', 0),
            ("analyzer/pipeline.cpp", '#include "reports/report.hpp"\n', 1),
            ("analyzer/cli/a.cpp", '#include "reports/report.hpp"\n#include "pipeline.hpp"\n', 0),
            ("reports/csv.cpp", '#include "model/analysis.hpp"\n#include "reports/report.hpp"\n', 0),
            ("reports/csv.cpp", '#include "pipeline.hpp"\n', 1),
            ("analyzer/unheard/a.cpp", "", 1),
        ]
        for path, text, expected in cases:
            with self.subTest(path=path, text=text):
                self.assertEqual(len(self.problems(path, text)), expected)

    def test_length(self):
        self.assertEqual(len(self.problems("scripts/a.py", "x\n" * 500)), 0)
        self.assertEqual(len(self.problems("scripts/a.py", "x\n" * 501)), 1)
        self.assertEqual(len(self.problems("reports/web/package-lock.yaml", "x\n" * 501)), 0)

    def test_hosts_and_paths(self):
        self.assertEqual(len(self.problems("docs/a.md", f"see {ROOT_PATH}\n")), 1)
        self.assertEqual(len(self.problems("docs/a.md", "install from pypi" + ".org\n")), 1)
        self.assertEqual(len(self.problems("docs/a.md", "a framework/thing\n")), 0)


if __name__ == "__main__":
    unittest.main()
