"""Builds the wheel that `az extension add` installs."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r'VERSION = "(.+)"', (HERE / "azext_ml_endpoint/_version.py").read_text())[1]
README = (HERE / "README.md").read_text(encoding="utf-8")

# az finds an extension by its `azext_*` folder, so the distribution must not be called that too:
# its .dist-info folder would count as a second one.
setup(
    name="ml-endpoint",
    version=VERSION,
    description="Put machine learning models behind scoring endpoints, locally and in Azure ML.",
    long_description=README,
    long_description_content_type="text/markdown",
    license="MIT",
    author="The ml-endpoint authors",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
    ],
    packages=find_packages(include=["azext_ml_endpoint", "azext_ml_endpoint.*"]),
    package_data={
        "azext_ml_endpoint": [
            "azext_metadata.json",
            "document/schema/*.json",
            "local/mlflow_server/*.py",
            "page/*.css",
            "page/*.html",
            "page/*.js",
        ]
    },
    python_requires=">=3.10",
    # az brings azure-*, knack, requests and PyYAML, and its copies win at run time.
    install_requires=[
        "azure-identity>=1.17,<2",
        "docker>=7.1,<8",
        "jsonschema>=4.20,<5",
        "pathspec>=1.0,<2",
        "watchfiles>=1.0,<2",
    ],
)
