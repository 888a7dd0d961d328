"""Trains both versions of the diabetes regression model, on data that come with scikit-learn.

Input: ten numbers for each patient, unscaled, in the order of ``load_diabetes().feature_names``
(age, sex, bmi, bp, s1 ... s6). Output: the disease's progression in a year (25 to 346 in the data).

    pip install scikit-learn==1.7.2     # as in environment/conda.yml, which has to read the file
    python train.py
"""

from __future__ import annotations

from pathlib import Path

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

HERE = Path(__file__).resolve().parent
FILE_NAME = "sklearn_regression_model.pkl"


def version_1() -> Pipeline:
    """A plain linear model."""
    return make_pipeline(StandardScaler(), Ridge())


def version_2() -> Pipeline:
    """Knows products of two features as well; Lasso keeps the few that help."""
    products = PolynomialFeatures(interaction_only=True, include_bias=False)
    return make_pipeline(StandardScaler(), products, Lasso(alpha=3))


def main() -> None:
    features, target = load_diabetes(return_X_y=True, scaled=False)
    for folder, model in (("model", version_1()), ("model-v2", version_2())):
        file = HERE / folder / FILE_NAME
        r2 = cross_val_score(model, features, target, cv=10).mean()
        joblib.dump(model.fit(features, target), file)
        print(f"{file.relative_to(HERE)}: cross-validated R² {r2:.3f}")


if __name__ == "__main__":
    main()
