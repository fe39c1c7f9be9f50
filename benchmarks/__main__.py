"""`python -m benchmarks`: print every figure the project claims, from one run on this machine."""

from benchmarks import extraction

if __name__ == "__main__":
    print(extraction.report())
