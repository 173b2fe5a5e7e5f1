#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The isolation forest of scikit-learn beside the vector model, on the same rows in one run.

    bench/peers/isolation_forest.py build/release/vedette-bench nsl_kdd --folds KDDTRAIN_PLUS.csv.zst
    bench/peers/isolation_forest.py build/release/vedette-bench zeek_ctu --fit 008-zeek-mixed --data 010-zeek-mixed

Both learn from the benign rows of the fit part and score the data part. `--folds` takes a table with a column `fold`
and fits on `train`, scores `val`. The forest gets logarithms of the numbers (a missing one counts as 0) and of each
category the twenty most frequent values as columns of their own; 100 trees of 256 rows, the mean of five seeds.

scikit-learn is no part of the set-up. It is looked for where Python looks; on Debian it can be had without being
installed:
    apt-get download python3-sklearn python3-sklearn-lib python3-scipy python3-numpy python3-joblib \\
        python3-threadpoolctl python3-decorator liblbfgsb0
    for file in *.deb; do dpkg -x "$file" FOLDER; done
    PYTHONPATH=FOLDER/usr/lib/python3/dist-packages LD_LIBRARY_PATH=FOLDER/usr/lib/x86_64-linux-gnu \\
        /usr/bin/python3 bench/peers/isolation_forest.py ...
"""

import argparse
import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import time

VALUES_MAX = 20  # of a category that get a column of their own
SEEDS = 5


def find_scikit():
    """numpy, the forest's class and the version; stops with a line where they are not there."""
    try:
        import numpy
        import sklearn
        from sklearn.ensemble import IsolationForest
        return numpy, IsolationForest, sklearn.__version__
    except ImportError as error:
        sys.exit(f"scikit-learn is not there, nothing was compared: {error} (see --help for where to get it)")


def cut_by_fold(path, folder):
    """Paths of the rows of `train` and of those of `val`."""
    text = subprocess.run(["zstd", "--long=27", "-qdcf", path], check=True, capture_output=True, text=True).stdout
    rows = csv.reader(io.StringIO(text))
    head = next(rows, [])
    if "fold" not in head:
        sys.exit(f"{path}: its first line names no column `fold`")
    fold = head.index("fold")
    paths = {}
    rows = list(rows)
    for part in ("train", "val"):
        paths[part] = str(pathlib.Path(folder) / f"{part}.csv")
        with open(paths[part], "w", newline="", encoding="utf-8") as out:
            csv.writer(out, lineterminator="\n").writerows([head] + [row for row in rows if row[fold] == part])
    return paths["train"], paths["val"]


def rows_of(program, suite, path):
    """(label, numbers, categories) of each row, as the suite sees it."""
    text = subprocess.run([program, "vector_rows", "--suite", suite, "--data", path], check=True,
                          capture_output=True, text=True).stdout
    lines = text.splitlines()
    numbers = sum(name.startswith("number:") for name in lines[0].split("\t"))
    out = []
    for line in lines[1:]:
        label, *cells = line.split("\t")
        out.append((label, [float(cell or 0) for cell in cells[:numbers]], cells[numbers:]))
    return out


def frequent_values(rows):
    """Of each category the most frequent values."""
    found = []
    for i in range(len(rows[0][2])):
        counts = {}
        for _, _, categories in rows:
            counts[categories[i]] = counts.get(categories[i], 0) + 1
        found.append(sorted(counts, key=lambda value: (-counts[value], value))[:VALUES_MAX])
    return found


def points_of(numpy, rows, frequent):
    numbers = numpy.array([row[1] for row in rows])
    columns = [numpy.sign(numbers) * numpy.log1p(numpy.abs(numbers))]
    for i, values in enumerate(frequent):
        cells = numpy.array([row[2][i] for row in rows])
        columns.append(numpy.stack([cells == value for value in values], axis=1).astype(float))
        columns.append((~numpy.isin(cells, values)).astype(float)[:, None])
    return numpy.hstack(columns)


def judged(scores, is_malicious):
    """Area under the curve, equal scores counting half, and recall at 1 % of the benign."""
    order = sorted(zip(scores, is_malicious), key=lambda one: -one[0])
    hits = misses = area = recall = 0
    positives = sum(is_malicious)
    allowed = int(0.01 * (len(order) - positives))
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and order[end][0] == order[at][0]:
            end += 1
        same_hits = sum(one[1] for one in order[at:end])
        area += (end - at - same_hits) * (hits + same_hits / 2)
        hits += same_hits
        misses += end - at - same_hits
        if misses <= allowed:
            recall = hits
        at = end
    return {"auc": area / (hits * misses), "tpr_at_1_percent": recall / positives}


def measure_forest(fit, data):
    numpy, forest, version = find_scikit()
    benign = [row for row in fit if row[0] == "benign"]
    frequent = frequent_values(benign)
    learned, points = points_of(numpy, benign, frequent), points_of(numpy, data, frequent)
    scores = numpy.zeros(len(data))
    fit_s = score_s = 0
    for seed in range(SEEDS):
        begin = time.process_time()
        made = forest(n_estimators=100, max_samples=min(256, len(learned)), random_state=seed, n_jobs=1).fit(learned)
        between = time.process_time()
        scores -= made.score_samples(points)
        fit_s += between - begin
        score_s += time.process_time() - between
    kept = [i for i, row in enumerate(data) if row[0] != "none"]
    out = judged([scores[i] for i in kept], [data[i][0] == "malicious" for i in kept])
    out |= {"name": f"isolation forest of scikit-learn {version}", "fit_seconds": fit_s / SEEDS,
            "us_a_row": score_s / SEEDS / len(data) * 1e6}
    return out


def measure_ours(program, suite, fit, data):
    text = subprocess.run([program, suite, "--fit", fit, "--data", data], check=True, capture_output=True,
                          text=True).stdout
    found = json.loads(text)
    return {"name": "vector model", "auc": found["auc"], "tpr_at_1_percent": found["tpr_at_fpr"]["0.01"],
            "us_a_row": 1e6 / found["rows_per_second"], "rows": found["n"], "malicious": found["positives"],
            "learned": found["learned"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="vedette-bench")
    parser.add_argument("suite", choices=["nsl_kdd", "unsw_nb15", "zeek_ctu", "iot23"])
    parser.add_argument("--fit")
    parser.add_argument("--data")
    parser.add_argument("--folds", help="a table with a column `fold`, instead of the two")
    options = parser.parse_args()
    if (options.folds is None) == (options.fit is None or options.data is None):
        parser.error("either --folds or --fit and --data")
    find_scikit()
    with tempfile.TemporaryDirectory() as folder:
        paths = cut_by_fold(options.folds, folder) if options.folds else (options.fit, options.data)
        ours = measure_ours(options.program, options.suite, *paths)
        theirs = measure_forest(*(rows_of(options.program, options.suite, path) for path in paths))
    print(json.dumps({"suite": options.suite, "ours": ours, "peer": theirs}, indent=1))
    print(f"\n{'':36} {'AUC':>7} {'TPR at 1 %':>11} {'us a row':>9}")
    for one in (ours, theirs):
        print(f"{one['name']:36} {one['auc']:7.4f} {one['tpr_at_1_percent']:11.3f} {one['us_a_row']:9.1f}")


if __name__ == "__main__":
    main()
